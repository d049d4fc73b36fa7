import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConsoleFiles } from '../../gateway/src/ops/console-files.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${gateway.httpPort}${path}`, init)

/** What a browser fetches for these files, as the page and the scripts name it. */
const namedIn = (text: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(/(?:\/|\.\/)(?:assets\/)?([\w-]+-[\w-]{8}\.(?:js|css))/g)].map(([, name]) => `/assets/${name}`),
  ),
]

test('T64: the console has no maps of its sources, no secrets, and nothing inline', async () => {
  const page = await (await ask('/')).text()
  expect(page).not.toMatch(/<style|<script(?![^>]* src=)|\son\w+=|javascript:|style=/i)
  const admin = JSON.parse(await readFile(join(gateway.dataDir, 'first-admin.json'), 'utf8'))
  expect(page).not.toContain(admin.mqtt_connection.mqtt_password)
  expect(page).not.toContain(admin.employee_id)
  const built = await readConsoleFiles()
  for (const [path, { bytes }] of built?.files ?? []) {
    expect(bytes.includes('sourceMappingURL'), path).toBe(false)
    expect(bytes.includes(process.cwd()), path).toBe(false)
    expect((await ask(`${path}.map`)).status, path).toBe(404)
  }
  expect(built?.files.size).toBeGreaterThan(5)
})

test.each([
  '/.git/config',
  '/.env',
  '/first-admin.json',
  '/data/first-admin.json',
  '/assets/../../../package.json',
  '/assets/%2e%2e/%2e%2e/package.json',
  '/assets/..%5c..%5cpackage.json',
  '/admin/dist/index.html',
  '/index.html',
  '/sources.sha256',
  '/server-status',
  '/actuator/env',
  '/wp-login.php',
  '/graphql',
  '/debug/pprof',
])('T64: %s is nothing', async (path) => {
  expect((await ask(path)).status).toBe(404)
})

test('what is fetched before somebody can sign in is less than 700 kB', async () => {
  const built = await readConsoleFiles()
  const seen = new Map<string, number>()
  const page = await (await ask('/')).text()
  for (const path of namedIn(page)) seen.set(path, built?.files.get(path)?.gzip?.length ?? Number.NaN)
  const total = [...seen.values()].reduce((sum, size) => sum + size, 0)
  expect(total).toBeGreaterThan(100_000)
  expect(total).toBeLessThan(700_000)
})
