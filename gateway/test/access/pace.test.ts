import { expect, test } from 'vitest'
import { createPace } from '../../src/access/mosquitto/pace.ts'

/** A broker that takes so long for a command. */
const open = () => {
  let now = 0
  const pace = createPace({ monotonic: () => now })
  const send = async (msPerCommand: number, commands = pace.atOnce): Promise<number> => {
    await pace.time(commands, async () => {
      now += commands * msPerCommand
    })
    return pace.atOnce
  }
  return { pace, send }
}

test('a quick broker gets more at once, up to a limit', async () => {
  const { pace, send } = open()
  expect(pace.atOnce).toBe(4)
  for (let i = 0; i < 10; i++) await send(0.5)
  expect(pace.atOnce).toBe(64)
})

test('a slow broker gets as many as it does in a tenth of a second, and never none', async () => {
  const { send } = open()
  for (let i = 0; i < 10; i++) await send(0.1)
  expect(await send(17)).toBe(5)
  expect(await send(135)).toBe(1)
  expect(await send(135)).toBe(1)
})

test('one that has become quick again gets more again, and what was too few to tell says nothing', async () => {
  const { send } = open()
  await send(60)
  expect(await send(10)).toBe(2)
  expect(await send(1, 1)).toBe(2)
  expect(await send(1)).toBe(4)
})

test('what is refused or lost is timed, too', async () => {
  let now = 0
  const pace = createPace({ monotonic: () => now })
  const lost = pace.time(4, async () => {
    now += 5000
    throw new Error('no answer')
  })
  await expect(lost).rejects.toThrow('no answer')
  expect(pace.atOnce).toBe(1)
})
