import { expect, test } from 'vitest'
import { type Admission, createCircuitBreaker } from '#src/agents/circuit-breaker.ts'

const bot = { employeeId: 'bot', profile: { webhook_endpoint: 'https://bot.example.org' } }
const cat = { ...bot, employeeId: 'cat' }

const opened = () => {
  let now = 0
  const breaker = createCircuitBreaker({ monotonic: () => now })
  const admit = (): Admission => {
    const admission = breaker.admit(bot)
    if (admission === undefined) throw new Error('It is spared.')
    return admission
  }
  const older = admit()
  for (let i = 0; i < 5; i++) {
    const admission = admit()
    expect(admission.failed()).toBe(i === 4)
    admission.over()
  }
  return {
    breaker,
    admit,
    /** A call that was under way when it was opened. */
    older,
    later() {
      now += 30_000
    },
  }
}

test('an agent that failed five times in a row is not called for a while, and then tried once', () => {
  const { admit, breaker, later } = opened()
  expect([breaker.admit(bot), breaker.open]).toEqual([undefined, 1])
  expect(breaker.admit(cat)).toBeDefined()
  later()
  const trial = admit()
  expect([breaker.admit(bot), breaker.open]).toEqual([undefined, 1])
  trial.succeeded()
  trial.over()
  expect(breaker.open).toBe(0)
  expect([admit(), admit()]).toHaveLength(2)
})

test('a try that fails closes it for as long again, and one that says nothing leaves room for the next', () => {
  const { admit, breaker, later } = opened()
  later()
  const trial = admit()
  expect(trial.failed()).toBe(false)
  trial.over()
  expect(breaker.admit(bot)).toBeUndefined()
  later()
  // Whoever asked has stopped it.
  admit().over()
  expect(admit()).toBeDefined()
})

test('a call from before says nothing of what is tried, and lets nobody else try', () => {
  const { admit, breaker, later, older } = opened()
  older.succeeded()
  expect(breaker.open).toBe(1)
  later()
  const trial = admit()
  expect(older.failed()).toBe(false)
  older.over()
  expect(breaker.admit(bot)).toBeUndefined()
  trial.over()
  expect(breaker.admit(bot)).toBeDefined()
})

test('one that has moved, or is known to work, is called again', () => {
  const moved = opened().breaker
  expect(moved.admit({ ...bot, profile: { webhook_endpoint: 'https://new.example.org' } })).toBeDefined()
  const { breaker } = opened()
  breaker.close(bot)
  expect(breaker.admit(bot)).toBeDefined()
})

test('whoever asks is told which agents are not called, and for how long', () => {
  const { admit, breaker, later } = opened()
  expect(breaker.spared()).toEqual([{ agentId: 'bot', forMs: 0 }])
  later()
  const trial = admit()
  trial.failed()
  trial.over()
  expect(breaker.spared()).toEqual([{ agentId: 'bot', forMs: 30_000 }])
  breaker.close(bot)
  expect(breaker.spared()).toEqual([])
})
