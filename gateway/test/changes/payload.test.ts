import { LIMITS } from '@mchat/schema'
import { expect, test } from 'vitest'
import { changesPayload } from '#src/changes/payload.ts'

const AT = '2026-01-01T00:00:00.000Z'
const read = (payload: Buffer) => JSON.parse(payload.toString()) as { changes: unknown[]; dropped?: number }

test('an event is what the contract says, with dropped only where something was', () => {
  expect(read(changesPayload(['{"noun":"group"}', '{"noun":"run"}'], 0, AT))).toEqual({
    type: 'changes',
    changes: [{ noun: 'group' }, { noun: 'run' }],
    sent_at: AT,
  })
  expect(read(changesPayload([], 4, AT))).toEqual({ type: 'changes', changes: [], dropped: 4, sent_at: AT })
})

test('what is too many is counted', () => {
  const event = read(changesPayload(Array<string>(LIMITS.changesPerEvent + 5).fill('{}'), 2, AT))
  expect(event.changes).toHaveLength(LIMITS.changesPerEvent)
  expect(event.dropped).toBe(7)
})

test('what is too large is counted, by bytes and not by characters', () => {
  const large = JSON.stringify({ text: '字'.repeat(1000) })
  const payload = changesPayload(Array<string>(100).fill(large), 0, AT)
  expect(payload.length).toBeLessThanOrEqual(LIMITS.changesBytes)
  expect(payload.length).toBeGreaterThan(LIMITS.changesBytes - 2 * Buffer.byteLength(large))
  const { changes, dropped = 0 } = read(payload)
  expect(changes.length + dropped).toBe(100)
})
