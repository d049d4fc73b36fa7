import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { openOnDisk } from './file-journal-rig.ts'
import { TestConnection, turns } from './rig.ts'

const directories: string[] = []
const newDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'mchat-sessions-'))
  directories.push(directory)
  return directory
}

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

/** Kills the publisher when so many were accepted, and returns the last message that it said was. */
const publishUntilKilled = (directory: string, first: number, count: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'killed-process.ts')
    const child = spawn(process.execPath, [script, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      output += text
      if (output.split('\n').length > count) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => {
      const lines = output.slice(0, output.lastIndexOf('\n')).split('\n')
      resolve(Number(lines.at(-1)))
    })
  })

it('nothing that was accepted is lost when the process is killed, again and again, and the order stays', async () => {
  const directory = newDirectory()
  let accepted = -1
  for (let kill = 0; kill < 3; kill++) {
    accepted = await publishUntilKilled(directory, accepted + 1, 500 * (kill + 1))
    const store = await openOnDisk(directory)
    const received: number[] = []
    const away = new TestConnection()
    // Acknowledged nowhere: looked at, and left for the next round.
    away.onPacket = ({ text }) => received.push(Number(text))
    store.attach('away', false, away)
    for (let before = -1; before !== received.length; ) {
      before = received.length
      for (const { packetId } of away.received.splice(0)) store.acknowledge('away', packetId)
    }
    expect(received[0]).toBeLessThanOrEqual(Math.max(0, accepted))
    expect(received).toEqual([...received].sort((a, b) => a - b))
    expect(new Set(received).size).toBe(received.length)
    expect(received.at(-1)).toBeGreaterThanOrEqual(accepted)
    expect(received.length).toBe((received.at(-1) ?? 0) - (received[0] ?? 0) + 1)
    accepted = received.at(-1) ?? accepted
    await turns()
    await store.close()
  }
  expect(accepted).toBeGreaterThan(100)
})

it('the files do not grow with what has been delivered', async () => {
  const directory = newDirectory()
  const store = await openOnDisk(directory)
  await store.subscribe('away', false, [{ filter: 'rare', qos: 1 }])
  await store.subscribe('here', false, [{ filter: 'often', qos: 1 }])
  const here = new TestConnection()
  here.onPacket = ({ packetId }) => setImmediate(() => store.acknowledge('here', packetId))
  store.attach('here', false, here)
  for (let n = 0; n < 3_000; n++) {
    if (n % 300 === 0) await store.publish({ topic: 'rare', payload: Buffer.from(String(n)), qos: 1, durable: true })
    await store.publish({ topic: 'often', payload: Buffer.alloc(500, 'x'), qos: 1, durable: true })
  }
  // Deleting waits for the disk.
  await vi.waitFor(() => expect(store.stats().journalBytes).toBeLessThan(300_000), 30_000)
  const sizeOf = (name: string): number => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0
  const size = readdirSync(directory).reduce((sum, name) => sum + sizeOf(name), 0)
  expect(size).toBeLessThan(400_000)
  await store.close()
  const again = await openOnDisk(directory)
  const away = new TestConnection()
  again.attach('away', false, away)
  expect(away.texts).toEqual(Array.from({ length: 10 }, (_, index) => String(index * 300)))
  expect([...again.subscriptionsOf('here').keys()]).toEqual(['often'])
  await again.close()
})

it('what waits is copied out of the files of an older key at the next start', async () => {
  const directory = newDirectory()
  const before = await openOnDisk(directory)
  await before.subscribe('away', false, [{ filter: 'news', qos: 1 }])
  for (const text of ['one', 'two']) {
    await before.publish({ topic: 'news', payload: Buffer.from(text), qos: 1, durable: true })
  }
  await before.close()
  const old = readdirSync(directory)
  expect(old).toHaveLength(1)

  const key = Buffer.alloc(32, 8)
  const after = await openOnDisk(directory, undefined, key)
  await vi.waitFor(() => expect(readdirSync(directory)).not.toContain(old[0]), 30_000)
  await after.close()
  const again = await openOnDisk(directory, undefined, key)
  const away = new TestConnection()
  again.attach('away', false, away)
  expect(away.texts).toEqual(['one', 'two'])
  await again.close()
})
