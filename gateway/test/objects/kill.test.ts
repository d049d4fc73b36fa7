import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startObjectServer } from '../../../tests/kit/object-server.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { roomOf } from '../../src/objects/embedded/object-header.ts'
import { createLedger, type Ledger, stateAfter } from './kill-ledger.ts'
import { bytesOf, OWNERS, traitsOf } from './kill-operations.ts'
import { judge } from './kill-verdict.ts'
import { storeOnDisk } from './store-on-disk.ts'

const KILLS = Number(process.env.MCHAT_TEST_KILLS ?? 5)
const PROGRAM = join(import.meta.dirname, 'putting-process.ts')
const PER_OWNER = 1024 ** 3
const WITHIN_MS = 25
/** Where flushing costs nothing: it is for power cuts, and takes most of the time. */
const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
/** What a process may count up to before it is killed. */
const VERSIONS = 1_000_000

/** @param lines how many it may print before it may be killed */
const putUntilKilled = async (directory: string, from: number, lines: number, ledger: Ledger): Promise<void> => {
  const child = spawn(process.execPath, [PROGRAM, directory, String(from)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const closed = once(child, 'close')
  const printed: string[] = []
  const reached = Promise.withResolvers<void>()
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => {
    if (printed.push(line) === lines) reached.resolve()
  })
  const read = once(output, 'close')
  await Promise.race([reached.promise, closed])
  await pause(Math.random() * WITHIN_MS)
  child.kill('SIGKILL')
  await Promise.all([closed, read])
  expect(errors).toBe('')
  expect(child.signalCode).toBe('SIGKILL')
  // The last line may have been cut by the kill.
  const whole = printed.filter((line, i) => line.startsWith('{') && (i < printed.length - 1 || line.endsWith('}')))
  for (const line of whole) ledger.read(JSON.parse(line))
}

test(`a store that is killed ${KILLS} times has what it answered for, whole, and nothing else`, {
  timeout: 600_000 + 10_000 * KILLS,
}, async () => {
  await using directory = await tempDirectory('mchat-objects-', IN_MEMORY)
  let ledger = createLedger()
  let [answers, pending] = [0, 0]
  for (let kill = 0; kill < KILLS; kill++) {
    // Now and then while it tidies away what the one before has left.
    if (kill % 3 === 2) await putUntilKilled(directory.path, 0, 1, createLedger())
    await putUntilKilled(directory.path, kill * VERSIONS, 50 + Math.floor(Math.random() * 200), ledger)
    answers += ledger.answers
    pending += ledger.pending.size

    await using server = await startObjectServer({ directory: directory.path, perOwner: PER_OWNER })
    const { store } = server
    const verdict = await judge(server, ledger)
    expect(verdict.broken).toEqual([])

    const disk = await storeOnDisk(directory.path)
    expect(disk.strays).toEqual([])
    await store.hasRoom('', 0)
    expect(store.usedBytes).toBe(disk.bytes)
    for (const owner of OWNERS) {
      const objects = [...verdict.objects.values()].flatMap((state) => (state === undefined ? [] : [state]))
      const parts = [...verdict.uploads.values()].map((each) => ({ ...each, bytes: [...each.parts.values()] }))
      const of = [...objects, ...parts].filter(({ traits }) => traitsOf(traits).owner === owner)
      const sizes = of.map(({ bytes }) => bytes.reduce((sum, version) => sum + bytesOf(version).length, 0))
      const left = sizes.reduce((room, size) => room - roomOf(size), PER_OWNER) - roomOf(0)
      expect(await store.hasRoom(owner, left)).toBe(true)
      expect(await store.hasRoom(owner, left + 1)).toBe(false)
    }

    // What was begun can be ended.
    ledger = createLedger(verdict)
    for (const [uploadId, { key, parts }] of verdict.uploads) {
      const named = (await store.parts(key, uploadId)) ?? []
      const isDone = parts.size > 0 && (await store.completeUpload(key, uploadId, named))
      expect(isDone).toBe(parts.size > 0)
      if (isDone) ledger.objects.set(key, stateAfter({ name: 'complete', uploadId, key }, ledger))
      else await store.abortUpload(key, uploadId)
      ledger.uploads.delete(uploadId)
    }
    expect((await judge(server, ledger)).broken).toEqual([])
    expect(store.usedBytes).toBe((await storeOnDisk(directory.path)).bytes)
  }
  // It was busy when it was killed.
  expect(answers).toBeGreaterThan(20 * KILLS)
  expect(pending).toBeGreaterThan(2 * KILLS)
})
