import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, it } from 'vitest'
import { readBack, temporaryDirectory } from './journal-in-directory.ts'

const KILLS = 25

/** @returns the numbers that were acknowledged before the process was killed */
async function appendUntilKilled(directory: string, from: number): Promise<number[]> {
  const script = path.join(import.meta.dirname, 'appending-process.ts')
  const child = spawn(process.execPath, [script, directory, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8')
  const started = once(child.stdout, 'data')
  child.stdout.on('data', (text: string) => {
    printed += text
  })
  const closed = once(child, 'close')
  await started
  setTimeout(() => child.kill('SIGKILL'), Math.random() * 40)
  await closed
  const lines = printed.split('\n')
  // The last line may have been cut by the kill.
  return lines.slice(0, -1).map(Number)
}

it(`loses nothing it acknowledged in ${KILLS} times kill -9`, async () => {
  const directory = temporaryDirectory()
  let next = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await appendUntilKilled(directory, next)
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(acknowledged.every(Number.isInteger)).toBe(true)

    const { replayed, events } = await readBack(directory)
    expect(replayed.length).toBeGreaterThan(acknowledged.at(-1) ?? 0)
    for (const [number, record] of replayed.entries()) {
      if (record !== `${number} ${'x'.repeat(number % 700)}`) expect.fail(`record ${number} is ${record.slice(0, 20)}`)
    }
    expect(events.filter(({ kind }) => kind !== 'torn_tail')).toEqual([])
    next = replayed.length
  }
})
