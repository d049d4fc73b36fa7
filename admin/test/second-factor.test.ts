import type { Challenge } from '@mchat/sdk'
import { expect, test } from 'vitest'
import { createSecondFactor, NotConfirmedError } from '../src/connection/second-factor.ts'
import { typedCode } from '../src/connection/typed-code.ts'

const about = (challenge_id: string, again: Partial<Challenge> = {}): Challenge => ({
  challenge_id,
  triesLeft: 5,
  signal: new AbortController().signal,
  method: 'totp',
  sent_to: [],
  expires_at: '2030-01-01T00:00:00.000Z',
  action: 'group.dismiss',
  input: {},
  ...again,
})

test('one is asked after the other, and each gets its own answer', async () => {
  const factor = createSecondFactor()
  const first = new AbortController()
  const codes = [factor.confirm(about('a', { signal: first.signal })), factor.confirm(about('b'))]
  expect(factor.asked?.challenge.challenge_id).toBe('a')
  factor.asked?.answer('1')
  first.abort()
  expect(factor.asked?.challenge.challenge_id).toBe('b')
  factor.asked?.answer('2')
  expect(await Promise.all(codes)).toEqual(['1', '2'])
})

test('the question stays while the code is looked at, and what is asked again takes its place', async () => {
  const factor = createSecondFactor()
  const request = new AbortController()
  const wrong = factor.confirm(about('a', { signal: request.signal }))
  void factor.confirm(about('b'))
  factor.asked?.answer('1')
  expect(factor.asked).toMatchObject({ challenge: { challenge_id: 'a' }, isChecked: true })
  expect(await wrong).toBe('1')
  const right = factor.confirm(about('a', { signal: request.signal, triesLeft: 4, failed: 'code_refused' }))
  expect(factor.asked).toMatchObject({ challenge: { challenge_id: 'a', triesLeft: 4 }, isChecked: false })
  factor.asked?.answer('2')
  expect(await right).toBe('2')
  request.abort()
  expect(factor.asked?.challenge.challenge_id).toBe('b')
})

test('what is given up while the code is looked at is not asked again', async () => {
  const factor = createSecondFactor()
  const { signal } = new AbortController()
  const code = factor.confirm(about('a', { signal }))
  factor.asked?.answer('1')
  factor.asked?.giveUp()
  expect(factor.asked).toBeUndefined()
  expect(await code).toBe('1')
  const again = factor.confirm(about('a', { signal, triesLeft: 4, failed: 'code_refused' }))
  await expect(again).rejects.toBeInstanceOf(NotConfirmedError)
  expect(factor.asked).toBeUndefined()
})

test.each([
  ['398 561', '398561'],
  ['\u00a0398\u202f561\u200b\t', '398561'],
  ['３９８５６１', '398561'],
  [' abcde-FGHIJ\n', 'abcde-FGHIJ'],
  ['ａｂｃｄｅ－fghij', 'abcde-fghij'],
  [undefined, ''],
])('a code is taken as it is typed: %j', (typed, code) => {
  expect(typedCode(typed)).toBe(code)
})

test('whoever signs out leaves no question to the next', async () => {
  const factor = createSecondFactor()
  let told = 0
  factor.subscribe(() => told++)
  const codes = [factor.confirm(about('a')), factor.confirm(about('b'))]
  const ends = codes.map((code) => expect(code).rejects.toBeInstanceOf(NotConfirmedError))
  factor.giveUpAll()
  await Promise.all(ends)
  expect(factor.asked).toBeUndefined()
  expect(told).toBeGreaterThan(2)
})
