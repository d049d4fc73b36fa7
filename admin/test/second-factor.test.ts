import type { Challenge } from '@mchat/sdk'
import { expect, test } from 'vitest'
import { createSecondFactor, NotConfirmedError } from '../src/connection/second-factor.ts'

const about = (challenge_id: string): Challenge => ({
  challenge_id,
  method: 'totp',
  sent_to: [],
  expires_at: '2030-01-01T00:00:00.000Z',
  action: 'group.dismiss',
  input: {},
})

test('one is asked after the other, and each gets its own answer', async () => {
  const factor = createSecondFactor()
  const codes = [factor.confirm(about('a')), factor.confirm(about('b'))]
  expect(factor.asked?.challenge.challenge_id).toBe('a')
  factor.asked?.answer('1')
  expect(factor.asked?.challenge.challenge_id).toBe('b')
  factor.asked?.answer('2')
  expect(factor.asked).toBeUndefined()
  expect(await Promise.all(codes)).toEqual(['1', '2'])
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
