import { readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Credentials, connect, type MChatClient } from '@mchat/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareDatabase } from '../../tests/kit/prepared-database.ts'
import { type TempDirectory, tempDirectory } from '../../tests/kit/temp-directory.ts'
import { type Finished, MchatProcess, mchat } from './mchat-process.ts'

// One deployment through its life; the tests build on each other, in this order.
let directory: TempDirectory
let running: MchatProcess | undefined
const env = () => ({ MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0', MCHAT_DATA_DIR: join(directory.path, 'data') })
const run = (args: readonly string[], more: Record<string, string> = {}) =>
  mchat(args, { cwd: directory.path, env: { ...env(), ...more } })
const inData = (name: string): string => join(directory.path, 'data', name)
const secretIn = (name: string): string => readFileSync(inData(name), 'utf8').trim()
const start = async (): Promise<void> => {
  running = new MchatProcess(['start'], { cwd: directory.path, env: env() })
  await running.says('is ready')
}
const stop = async (): Promise<void> => {
  running?.kill('SIGTERM')
  expect((await running?.finished)?.code).toBe(0)
}
const admin = (): Promise<MChatClient> =>
  connect(JSON.parse(readFileSync(inData('first-admin.json'), 'utf8')) as Credentials)
const rotations = async (client: MChatClient): Promise<number> =>
  (await client.audit.list({ for_action: 'keys.rotate' })).rows.length
const requireWhole = async (client: MChatClient): Promise<void> => {
  expect(await client.audit.verify({})).toMatchObject({ problems: [], next_seq: null })
}

beforeAll(async () => {
  directory = await tempDirectory()
  await prepareDatabase(join(directory.path, 'data'))
})
afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

let proved: Record<string, unknown>

test('keys rotate refuses a running MChat, and a directory without one', async () => {
  const nowhere = await run(['keys', 'rotate'], { MCHAT_DATA_DIR: join(directory.path, 'nowhere') })
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('There is no MChat in')])
  await start()
  const client = await admin()
  const { employee_id } = await client.employee.create({ employee_id: 'bob', name: 'Bob' })
  const sent = await client.msg.sendPrivate({ to_employee_id: employee_id, content: 'before' })
  proved = { ...sent, from_employee_id: 'admin', content: 'before' }
  await client.close()
  const second = await run(['keys', 'rotate'])
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('is in use by another MChat')])
  await stop()
})

test('keys rotate replaces secret.key, and everybody comes in as before', async () => {
  const old = secretIn('secret.key')
  const rotated = await run(['keys', 'rotate'])
  expect([rotated.code, rotated.stderr]).toEqual([0, expect.stringContaining('the old one nothing any more')])
  const fresh = secretIn('secret.key')
  expect(fresh).not.toBe(old)
  expect(rotated.stderr + rotated.stdout).not.toContain(fresh)
  expect(statSync(inData('secret.key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(directory.path, 'data')).filter((name) => name.includes('secret'))).toEqual(['secret.key'])

  await start()
  const client = await admin()
  expect((await client.msg.verify({ messages: [proved] })).results).toMatchObject([{ genuine: true }])
  await requireWhole(client)
  expect(await rotations(client)).toBe(1)
  await client.close()
  await stop()

  const withOld = await run(['start'], { MCHAT_SECRET: old })
  expect([withOld.code, withOld.stderr]).toEqual([1, expect.stringContaining('give this one the same MCHAT_SECRET')])
})

test('a rotation that is killed at any moment leaves what starts, and is finished by the next one', async () => {
  const starts = await listed()
  // The new secret is there but opens nothing yet, or not long since; and it has just taken the place of the old one.
  for (const moment of ['secret.key.new', 'secret.key']) {
    while ((await rotatedAndKilled(moment)).signal !== 'SIGKILL');
    expect((await run(['keys', 'list'])).code).toBe(0)
  }
  expect((await run(['keys', 'rotate'])).code).toBe(0)
  const generations = await listed()
  expect(generations).toBeGreaterThan(starts)
  await start()
  const client = await admin()
  expect((await client.msg.verify({ messages: [proved] })).results).toMatchObject([{ genuine: true }])
  await requireWhole(client)
  // One row for each generation, however often it was begun.
  expect(await rotations(client)).toBe(generations - 1)
  await client.close()
  await stop()
})

test('a configured secret is replaced by that of a file', async () => {
  const old = secretIn('secret.key')
  const without = await run(['keys', 'rotate'], { MCHAT_SECRET: old })
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('--new-secret-file <path>')])
  const file = join(directory.path, 'next')
  writeFileSync(file, 'AAAA')
  const short = await run(['keys', 'rotate', '--new-secret-file', file], { MCHAT_SECRET: old })
  expect([short.code, short.stderr]).toEqual([1, expect.stringContaining('at least 32 bytes')])
  writeFileSync(file, old)
  const same = await run(['keys', 'rotate', '--new-secret-file', file], { MCHAT_SECRET: old })
  expect([same.code, same.stderr]).toEqual([1, expect.stringContaining('is the one that is in use')])
  const made = join(directory.path, 'made')
  const rotated = await run(['keys', 'rotate', '--new-secret-file', made], { MCHAT_SECRET: old })
  expect(rotated.code, rotated.stderr).toBe(0)
  expect(statSync(made).mode & 0o777).toBe(0o600)
  expect((await run(['keys', 'list'], { MCHAT_SECRET: old })).stderr).toContain('another secret')
  expect((await run(['keys', 'list'], { MCHAT_SECRET_FILE: made })).stderr).toMatch(/what is made now/)
})

test('a lost secret is given up, and the organisation stays', async () => {
  const lost = join(directory.path, 'made')
  const known = await run(['keys', 'rotate', '--old-secret-lost'], { MCHAT_SECRET_FILE: lost })
  expect([known.code, known.stderr]).toEqual([1, expect.stringContaining('so it is not lost')])
  const given = await run(['keys', 'rotate', '--old-secret-lost'])
  expect(given.code, given.stderr).toBe(0)
  const refused = await run(['start'])
  // The journal of before is for the operator to move away.
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('move the directory away')])
})

/** It may be faster than whoever kills it; then it is another rotation. */
const rotatedAndKilled = async (moment: string): Promise<Finished> => {
  await using watched = watchFor(moment)
  const rotating = new MchatProcess(['keys', 'rotate'], { cwd: directory.path, env: env() })
  await watched.seen
  rotating.kill('SIGKILL')
  const finished = await rotating.finished
  if (finished.signal === null) expect(finished.code).toBe(0)
  return finished
}

/** Seen when a file of that name appears in the data directory, be it in the place of another. */
const watchFor = (name: string) => {
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  const watcher = watch(join(directory.path, 'data'), (event, changed) => {
    if (event === 'rename' && changed === name) resolve()
  })
  return { seen, [Symbol.asyncDispose]: async () => watcher.close() }
}

const listed = async (): Promise<number> =>
  (await run(['keys', 'list'])).stderr.split('\n').filter((line) => line.startsWith('Keys of generation')).length
