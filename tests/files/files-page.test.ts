import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SETTINGS } from '../../gateway/src/config/settings.ts'
import { ACTION_NAMES, ERRORS } from '../../schema/src/index.ts'
import { connect, type MChatClient } from '../../sdk-ts/src/index.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const page = readFileSync(fileURLToPath(new URL('../../docs/files.md', import.meta.url)), 'utf8')
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text)
const run = promisify(execFile)

let gateway: TestGateway
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  gateway = stack.use(await startGateway())
})
afterAll(() => stack.disposeAsync())

const clientOf = async (employee_id: string): Promise<MChatClient> => {
  const office = await gateway.office
  return stack.adopt(await connect(await office.call('employee.create', { employee_id, name: employee_id })), (each) =>
    each.close(),
  )
}

test('the first example sends a file and reads it', async () => {
  const [james, emma] = [await clientOf('demo-james'), await clientOf('demo-emma')]
  const [example = ''] = blocks('ts')
  const [sending = '', reading = ''] = example.split(/^\/\/ .*$/m)
  const said: string[] = []
  const AsyncFunction = (async () => undefined).constructor as new (
    ...parts: string[]
  ) => (...given: unknown[]) => Promise<string>
  const key = await new AsyncFunction('james', `${sending}\nreturn key`)(james)
  await new AsyncFunction('emma', 'key', 'console', reading)(emma, key, { log: (text: string) => said.push(text) })
  expect(said).toEqual(['hello'])
})

test('without the SDK it is three requests and a PUT by curl', async () => {
  await using directory = await tempDirectory()
  const device = await (await gateway.hire()).connect()
  const about = { file_name: 'photo.png', content_type: 'image/png', size: 5 }
  const { headers = {}, key, method = '', url = '' } = await device.call('file.upload_url', about)
  const path = join(directory.path, 'photo.png')
  await writeFile(path, 'hello')
  const options = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  await run('curl', ['-sf', '-X', method, ...options, '--data-binary', `@${path}`, url])
  expect(await device.call('file.complete', { key })).toMatchObject({ key, size: 5, file_name: 'photo.png' })
  const { stdout } = await run('curl', ['-sf', (await device.call('file.download_url', { key })).url])
  expect(stdout).toBe('hello')
})

test('every setting, action and error that is named exists', () => {
  const settings = new Set<string>(Object.values(SETTINGS).map(({ env }) => env))
  const named = [...page.matchAll(/\bMCHAT_[A-Z0-9_]+/g)].map(([name]) => name).filter((name) => !name.endsWith('_'))
  expect(named.filter((name) => !settings.has(name))).toEqual([])
  const actions = [...page.matchAll(/`(?:file|config|audit)\.[a-z_]+`/g)].map(([name]) => name.slice(1, -1))
  expect(actions.filter((name) => !(ACTION_NAMES as readonly string[]).includes(name))).toEqual([])
  expect(actions.length).toBeGreaterThan(10)
  for (const error of ['file_incomplete', 'file_refused', 'scan_unavailable', 'no_storage', 'quota_exceeded']) {
    expect(page).toContain(`\`${error}\``)
    expect(ERRORS).toHaveProperty(error)
  }
  for (const block of blocks('json')) JSON.parse(block)
})
