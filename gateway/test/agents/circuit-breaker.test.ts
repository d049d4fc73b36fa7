import { expect, test } from 'vitest'
import { createCircuitBreaker } from '#src/agents/circuit-breaker.ts'

const opened = () => {
  let now = 0
  const breaker = createCircuitBreaker({ monotonic: () => now })
  for (let i = 0; i < 5; i++) {
    expect(breaker.admits('bot')).toBe(true)
    expect(breaker.failed('bot')).toBe(i === 4)
    breaker.over('bot')
  }
  return {
    breaker,
    later() {
      now += 30_000
    },
  }
}

test('an agent that failed five times in a row is not called for a while, and then tried once', () => {
  const { breaker, later } = opened()
  expect([breaker.admits('bot'), breaker.admits('cat'), breaker.open]).toEqual([false, true, 1])
  later()
  expect([breaker.admits('bot'), breaker.admits('bot'), breaker.open]).toEqual([true, false, 1])
  breaker.succeeded('bot')
  breaker.over('bot')
  expect([breaker.admits('bot'), breaker.admits('bot'), breaker.open]).toEqual([true, true, 0])
})

test('a try that fails closes it for as long again, and one that says nothing leaves room for the next', () => {
  const { breaker, later } = opened()
  later()
  expect(breaker.admits('bot')).toBe(true)
  breaker.failed('bot')
  breaker.over('bot')
  expect(breaker.admits('bot')).toBe(false)
  later()
  expect(breaker.admits('bot')).toBe(true)
  // Whoever asked has stopped it.
  breaker.over('bot')
  expect(breaker.admits('bot')).toBe(true)
})
