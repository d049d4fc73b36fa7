import { expect, test } from 'vitest'
import { newUuid } from '../../gateway/src/platform/random.ts'
import { createFileKeys } from '../../schema/src/index.ts'
import { newSeqId } from '../kit/device.ts'
import { startGateway } from '../kit/gateway.ts'
import { putFile } from '../kit/put-file.ts'

test('the audit log tells of a file what was answered', async () => {
  await using gateway = await startGateway()
  const ann = await (await gateway.hire()).connect()
  const { key } = await putFile(ann, 'hello')
  const missing = createFileKeys().keyOf({ kind: 'employee', employeeId: ann.employeeId }, newUuid())
  const answers = []
  for (const each of [key, missing]) {
    const seqId = newSeqId()
    const { code, reason } = await ann.request('file.delete', { key: each }, { seqId })
    answers.push({ seq_id: seqId, code, reason: reason ?? null })
  }
  expect(answers).toMatchObject([{ code: 0 }, { code: 404, reason: 'file_not_found' }])
  const { rows } = await (await gateway.office).call('audit.list', { for_action: 'file.delete' })
  expect(rows.map(({ code, reason, seq_id }) => ({ seq_id, code, reason })).toReversed()).toEqual(answers)
})
