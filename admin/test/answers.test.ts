import { describe, expect, test } from 'vitest'
import { createAnswers } from '../src/connection/answers.ts'

/** With a clock of its own: `pass` lets the time run out that is running now. */
const begin = () => {
  let running: (() => void) | undefined
  const answers = createAnswers((run) => {
    running = run
    return () => {
      running = undefined
    }
  })
  const told: boolean[] = []
  answers.subscribe(() => told.push(answers.areLate))
  const ask = () => {
    const { promise, reject, resolve } = Promise.withResolvers<void>()
    const passedOn = answers.awaited(promise)
    const end = async (how: () => void): Promise<void> => {
      how()
      await passedOn.catch(() => undefined)
    }
    return {
      passedOn,
      answer: () => end(resolve),
      fail: () => end(() => reject(new Error('refused'))),
    }
  }
  return { answers, told, ask, pass: () => running?.(), isRunning: () => running !== undefined }
}

describe('what is asked', () => {
  test('is late when it was not answered in time, until it is', async () => {
    const { answers, ask, pass, told } = begin()
    const asked = ask()
    expect(answers.areLate).toBe(false)
    pass()
    expect(answers.areLate).toBe(true)
    await asked.answer()
    expect(told).toEqual([true, false])
  })

  test('is not late while other things are answered', async () => {
    const { answers, ask, isRunning, pass } = begin()
    const slow = ask()
    pass()
    await ask().answer()
    expect(answers.areLate).toBe(false)
    // What is slow is waited for anew.
    expect(isRunning()).toBe(true)
    await slow.answer()
    expect(isRunning()).toBe(false)
  })

  test('and refused is answered, and passed on as it was', async () => {
    const { answers, ask, isRunning } = begin()
    const asked = ask()
    await asked.fail()
    await expect(asked.passedOn).rejects.toThrow('refused')
    expect([answers.areLate, isRunning()]).toEqual([false, false])
  })

  test('is not late while a person is asked for a code', async () => {
    const { answers, ask, isRunning, pass } = begin()
    const change = ask()
    pass()
    const { promise, resolve } = Promise.withResolvers<string>()
    const code = answers.fromPerson(promise)
    expect([answers.areLate, isRunning()]).toEqual([false, false])
    resolve('123456')
    expect(await code).toBe('123456')
    expect(isRunning()).toBe(true)
    await change.answer()
    expect(isRunning()).toBe(false)
  })
})
