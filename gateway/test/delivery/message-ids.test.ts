import { createHash, createHmac, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  createMessageIds,
  groupConversation,
  type ProvenMessage,
  privateConversation,
} from '#src/delivery/message-ids.ts'
import { createKeyring, type KeySet, type Keys } from '#src/platform/keys.ts'
import { isMsgId } from '../../../schema/src/ids.ts'
import { rotatedKeys, testKeys } from '../../../tests/kit/keys.ts'

const keys = testKeys()
/** A deployment that differs in one key alone. */
const other = (key: Partial<KeySet>): Keys => createKeyring([{ ...keys.current, ...key }], 1)
const ids = createMessageIds(keys)
const conversation = privateConversation('ann', 'bob')

test('an id follows from the request, the sender and the conversation, on every gateway', () => {
  const id = ids.messageId('ann_web_1', 's1', 'ann', conversation)
  expect(isMsgId(id)).toBe(true)
  expect(createMessageIds(keys).messageId('ann_web_1', 's1', 'ann', conversation)).toBe(id)
  const others = [
    ids.messageId('ann_web_2', 's1', 'ann', conversation),
    ids.messageId('ann_web_1', 's2', 'ann', conversation),
    ids.messageId('ann_web_1', 's1', 'bob', conversation),
    ids.messageId('ann_web_1', 's1', 'ann', groupConversation('g1')),
    createMessageIds(other({ messageIds: randomBytes(32) })).messageId('ann_web_1', 's1', 'ann', conversation),
  ]
  expect(new Set([id, ...others]).size).toBe(6)
})

test('the id holds 80 bits of the request and 64 of the HMAC', () => {
  const origin = createHash('sha256').update('ann_web_1/s1').digest('hex').slice(0, 20)
  const tag = createHmac('sha256', keys.current.messageIds)
    .update(`${origin}|ann|${conversation}`)
    .digest('hex')
    .slice(0, 16)
  const bits = [...Buffer.from(origin + tag, 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const text = [...`${bits}0`.matchAll(/.{5}/g)].map(
    ([five]) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)],
  )
  expect(ids.messageId('ann_web_1', 's1', 'ann', conversation)).toBe(`msg_${text.join('')}`)
})

test('the writer is known again, and nobody else is', () => {
  for (let i = 0; i < 200; i++) {
    const id = ids.messageId('ann_web_1', `s${i}`, 'ann', conversation)
    expect(ids.isWriter(id, 'ann', conversation)).toBe(true)
    expect(ids.isWriter(id, 'bob', conversation)).toBe(false)
    expect(ids.isWriter(id, 'ann', privateConversation('ann', 'eve'))).toBe(false)
    expect(ids.isWriter(id, 'ann', groupConversation('ann'))).toBe(false)
  }
})

test('an id with any character changed has no writer', () => {
  const id = ids.messageId('ann_web_1', 's1', 'ann', conversation)
  for (let i = 0; i < id.length; i++) {
    for (const letter of 'abcdefghijklmnopqrstuvwxyz234567_A!') {
      if (letter === id[i]) continue
      const changed = id.slice(0, i) + letter + id.slice(i + 1)
      expect(ids.isWriter(changed, 'ann', conversation)).toBe(false)
    }
  }
  for (const wrong of ['', 'msg_', `${id}a`, id.slice(0, -1), `${id}\n`, id.toUpperCase()]) {
    expect(ids.isWriter(wrong, 'ann', conversation)).toBe(false)
  }
})

test('a private conversation is the same from both sides, and no group is one', () => {
  expect(privateConversation('bob', 'ann')).toBe(conversation)
  expect(privateConversation('a', 'a')).toBe('p|a|a')
  expect(groupConversation('ann')).not.toBe(privateConversation('ann', 'ann'))
})

const message: ProvenMessage = {
  msgId: ids.messageId('ann_web_1', 's1', 'ann', conversation),
  senderId: 'ann',
  conversation,
  sentAt: '2026-01-02T03:04:05.678Z',
  content: { type: 'text', body: { text: 'hello', at: [1, 2] } },
}

test('a proof holds for the message as somebody else serialised it', () => {
  const proof = ids.proof(message)
  expect(proof).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(ids.isGenuine(message, proof)).toBe(true)
  const reordered = { body: { at: [1, 2], text: 'hello' }, type: 'text' }
  expect(ids.isGenuine({ ...message, content: reordered }, proof)).toBe(true)
})

test('a proof does not hold when any part was touched', () => {
  const proof = ids.proof(message)
  const touched: readonly ProvenMessage[] = [
    { ...message, msgId: ids.messageId('ann_web_1', 's2', 'ann', conversation) },
    { ...message, senderId: 'bob' },
    { ...message, conversation: groupConversation('g1') },
    { ...message, sentAt: '2026-01-02T03:04:05.679Z' },
    { ...message, content: { type: 'text', body: { text: 'hello', at: [2, 1] } } },
    { ...message, content: { type: 'text', body: { text: 'hello ', at: [1, 2] } } },
    { ...message, content: JSON.stringify(message.content) },
    { ...message, content: null },
    // Moving the bars must not make the same text.
    { ...message, senderId: `ann|${conversation}`, conversation: message.sentAt, sentAt: '' },
  ]
  for (const other of touched) expect(ids.isGenuine(other, proof)).toBe(false)
  for (let i = 0; i < proof.length; i++) {
    const changed = proof.slice(0, i) + (proof[i] === 'A' ? 'B' : 'A') + proof.slice(i + 1)
    expect(ids.isGenuine(message, changed)).toBe(false)
  }
  for (const wrong of ['', proof.slice(1), `${proof}A`]) expect(ids.isGenuine(message, wrong)).toBe(false)
  expect(createMessageIds(other({ proofs: randomBytes(32) })).isGenuine(message, proof)).toBe(false)
})

test('ids of events are the same on every retry and differ by what they are about', () => {
  const id = ids.eventId('ann_web_1', 's1', '0')
  expect(id).toMatch(/^evt_[0-9a-f]{26}$/)
  expect(createMessageIds(keys).eventId('ann_web_1', 's1', '0')).toBe(id)
  const others = [
    ids.eventId('ann_web_1', 's1', '1'),
    ids.eventId('ann_web_1', 's2', '0'),
    ids.eventId('b_w_1', 's1', '0'),
  ]
  expect(new Set([id, ...others]).size).toBe(4)
})

test('a rotation changes no id, and no proof from before it', () => {
  const before = createMessageIds(rotatedKeys(0))
  const after = createMessageIds(rotatedKeys(2))
  const msgId = before.messageId('ann_web_1', 's1', 'ann', conversation)
  expect(after.messageId('ann_web_1', 's1', 'ann', conversation)).toBe(msgId)
  expect(after.eventId('ann_web_1', 's1', '0')).toBe(before.eventId('ann_web_1', 's1', '0'))
  const message = { msgId, senderId: 'ann', conversation, sentAt: '2026-01-01T00:00:00.000Z', content: 'x' }
  const proof = before.proof(message)
  expect(after.isGenuine(message, proof)).toBe(true)
  expect(after.isGenuine({ ...message, content: 'y' }, proof)).toBe(false)
  // What is proved now is nothing to whoever has the keys of before.
  expect(before.isGenuine(message, after.proof(message))).toBe(false)
})
