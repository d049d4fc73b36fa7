import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { smallDisk } from '../faults/small-disk.ts'
import { startGateway } from '../kit/gateway.ts'
import { putFile, sendSigned } from '../kit/put-file.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const MiB = 1024 ** 2

describe.runIf(process.getuid?.() === 0)('while the disk of the files is full (needs root to mount one)', () => {
  test('nothing is put, and what is there is completed, read and deleted, which makes room', async () => {
    await using directory = await tempDirectory('mchat-full-disk-')
    const dataDir = join(directory.path, 'data')
    await mkdir(dataDir)
    await using disk = await smallDisk(join(dataDir, 'files'), 8)
    if (disk === undefined) throw new Error('Nothing can be mounted here.')
    await using gateway = await startGateway({ dataDir })
    const [ann, bob] = [await (await gateway.hire()).connect(), await (await gateway.hire()).connect()]
    const about = { to_employee_id: bob.employeeId }
    const doomed = await putFile(ann, Buffer.alloc(2 * MiB), about)
    const arrived = await putFile(ann, 'hello', about)
    await ann.call('file.complete', doomed)
    const again = await ann.call('file.upload_url', { file_name: 'a', content_type: 'text/plain', size: 10 })
    await disk.fill()

    expect((await sendSigned(again, '0123456789')).status).toBe(403)
    const office = await gateway.office
    expect(await office.request('audit.export', { format: 'csv' })).toMatchObject({
      code: 413,
      reason: 'quota_exceeded',
    })
    await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'still here' })
    await bob.inbox.next(({ json }) => json.content === 'still here')
    await ann.call('file.complete', arrived)
    expect(await (await sendSigned(await bob.call('file.download_url', arrived))).text()).toBe('hello')

    await ann.call('file.delete', doomed)
    expect(await bob.request('file.download_url', doomed)).toMatchObject({ code: 404, reason: 'file_not_found' })
    expect(await ann.request('file.complete', doomed)).toMatchObject({ code: 404, reason: 'file_not_found' })
    expect((await sendSigned(again, '0123456789')).status).toBe(200)
  })
})
