import { createHmac, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createFileUuids } from '#src/files/file-uuids.ts'
import { createKeyring } from '#src/platform/keys.ts'
import { placeOf } from '../../../schema/src/file-keys.ts'
import { rotatedKeys, testKeys } from '../../../tests/kit/keys.ts'

const keys = testKeys()
const PAYLOAD = { owner: 'ann', place: { kind: 'employee', employeeId: 'ann' }, size: 5, sha256: undefined }

test('the uuid of a file follows from the request, on every gateway and after every rotation', () => {
  const uuid = createFileUuids(keys)('ann_web_1', 's1', PAYLOAD)
  expect(placeOf(`mchat/employee/ann/${uuid}`)).toEqual({ kind: 'employee', employeeId: 'ann' })
  const { owner, place, sha256, size } = PAYLOAD
  expect(createFileUuids(keys)('ann_web_1', 's1', { sha256, size, place, owner })).toBe(uuid)
  expect(createFileUuids(rotatedKeys(2))('ann_web_1', 's1', PAYLOAD)).toBe(uuid)
})

test('another client, seq_id, payload or deployment has another one', () => {
  const uuidOf = createFileUuids(keys)
  const elsewhere = createKeyring([{ ...keys.current, fileKeys: randomBytes(32) }], 1)
  const uuids = [
    uuidOf('ann_web_1', 's1', PAYLOAD),
    uuidOf('ann_web_2', 's1', PAYLOAD),
    uuidOf('ann_web_1', 's2', PAYLOAD),
    uuidOf('ann_web_1', 's1', { ...PAYLOAD, owner: 'bob' }),
    uuidOf('ann_web_1', 's1', { ...PAYLOAD, size: 6 }),
    uuidOf('ann_web_1', 's1', { ...PAYLOAD, sha256: '0'.repeat(64) }),
    createFileUuids(elsewhere)('ann_web_1', 's1', PAYLOAD),
  ]
  expect(new Set(uuids).size).toBe(uuids.length)
})

test('it is 122 bits of an HMAC with a key of its own', () => {
  const hex = createHmac('sha256', keys.current.fileKeys).update('c/s/{"size":5}').digest('hex')
  const bits = (text: string): bigint => BigInt(`0x${text.replaceAll('-', '')}`)
  const own = bits('ffffffff-ffff-0fff-3fff-ffffffffffff')
  const uuid = createFileUuids(keys)('c', 's', { size: 5 })
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(bits(uuid) & own).toBe(bits(hex.slice(0, 32)) & own)
})
