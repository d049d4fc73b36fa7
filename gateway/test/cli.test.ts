import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../../tests/kit/free-port.ts'
import { prepareDatabase } from '../../tests/kit/prepared-database.ts'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import manifest from '../package.json' with { type: 'json' }
import { SETTINGS } from '../src/config/settings.ts'
import { loadConfig } from '../src/config.ts'
import { acquireDirectoryLock } from '../src/db/directory-lock.ts'
import { type Finished, MchatProcess, mchat } from './mchat-process.ts'

const FREE_PORTS = { MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0' }

/** Code 1, the sentence and nothing that only a programmer would understand. */
const expectSentence = (finished: Finished, sentence: string | RegExp): void => {
  expect(finished.stderr).toMatch(sentence)
  expect(finished.code).toBe(1)
  expect(finished.stderr).not.toMatch(/^\s+at /m)
  expect(finished.stdout).not.toContain('"stack"')
}

test('--help lists commands and every setting', async () => {
  await using directory = await tempDirectory()
  const { code, stdout } = await mchat(['--help'], { cwd: directory.path })
  expect(code).toBe(0)
  for (const command of ['start', 'init', 'demo', 'admin']) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  for (const { env, sentence } of Object.values(SETTINGS)) {
    expect(stdout).toContain(env)
    expect(stdout).toContain(sentence)
  }
})

test('--version is that of the package', async () => {
  await using directory = await tempDirectory()
  const { code, stdout } = await mchat(['--version'], { cwd: directory.path })
  expect([code, stdout]).toEqual([0, `${manifest.version}\n`])
})

test.each([[['strat']], [['start', '--prot=1']], [['admin', 'reset', '--employee']]])(
  'a mistyped command line: %j',
  async (args) => {
    await using directory = await tempDirectory()
    const finished = await mchat(args, { cwd: directory.path })
    expectSentence(finished, /^error: /)
  },
)

test('a configuration lists everything that is wrong with it', async () => {
  await using directory = await tempDirectory()
  writeFileSync(join(directory.path, 'mchat.yaml'), 'httpPort: often\nlanguge: en\n')
  const finished = await mchat(['start'], { cwd: directory.path, env: { MCHAT_FSYNC: 'x' } })
  expectSentence(finished, 'The configuration has 3 problems:')
  expect(finished.stderr).toMatch(/httpPort in .*mchat.yaml must be a whole number from 0 to 65535, but is "often"\./)
  expect(finished.stderr).toContain('did you mean language?')
  expect(finished.stderr).toContain('MCHAT_FSYNC must be "never" or "always", but is "x".')
})

test('a broken configuration file', async () => {
  await using directory = await tempDirectory()
  const file = join(directory.path, 'other.yaml')
  writeFileSync(file, 'a: [')
  expectSentence(await mchat(['start', '--config', file], { cwd: directory.path }), `${file} is not valid YAML`)
  expectSentence(
    await mchat(['--config', 'none.yaml', 'start'], { cwd: directory.path }),
    /none\.yaml \(the configuration file\) cannot be read: it does not exist\./,
  )
})

test('a data directory that is a file, or cannot be written', async () => {
  await using directory = await tempDirectory()
  const nobody = process.getuid?.() === 0 ? { uid: 65534 } : {}
  const start = (dataDir: string) =>
    mchat(['start'], { cwd: '/', env: { ...FREE_PORTS, MCHAT_DATA_DIR: dataDir }, ...nobody })
  const file = join(directory.path, 'file')
  writeFileSync(file, '')
  chmodSync(directory.path, 0o755)
  expectSentence(await start(file), `The data directory ${file} cannot be used: a file of that name is in the way`)
  const sealed = join(directory.path, 'sealed')
  mkdirSync(sealed, { mode: 0o555 })
  expectSentence(await start(sealed), `The data directory ${sealed} cannot be used: permission denied`)
  expectSentence(await start(join(sealed, 'below')), 'cannot be used: permission denied')
})

test('a data directory that is in use', async () => {
  await using directory = await tempDirectory()
  const lock = await acquireDirectoryLock(directory.path)
  const env = { ...FREE_PORTS, MCHAT_DATA_DIR: directory.path }
  const sentence = `The data directory ${directory.path} is in use by another MChat (pid ${process.pid}).`
  expectSentence(await mchat(['start'], { cwd: directory.path, env }), sentence)
  mkdirSync(join(directory.path, 'database'))
  expectSentence(await mchat(['admin', 'reset'], { cwd: directory.path, env }), sentence)
  await lock.release()
})

test('a damaged secret', async () => {
  await using directory = await tempDirectory()
  const file = join(directory.path, 'secret.key')
  writeFileSync(file, 'c2hvcnQ=\n')
  const finished = await mchat(['start'], {
    cwd: directory.path,
    env: { ...FREE_PORTS, MCHAT_DATA_DIR: directory.path },
  })
  expectSentence(finished, `The deployment secret ${file} is damaged`)
  expect(existsSync(join(directory.path, 'mchat.lock'))).toBe(false)
})

test.each([
  [
    'nothing listens',
    async () => `postgres://mchat@127.0.0.1:${await freePort()}/mchat`,
    /cannot be used: nothing listens there; check MCHAT_DATABASE_URL\./,
  ],
  [
    'no such host',
    async () => 'postgres://mchat@nowhere.invalid/mchat?sslmode=verify-full',
    /at nowhere\.invalid\/mchat cannot be used: /,
  ],
])('a wrong database URL: %s', async (_name, url, sentence) => {
  await using directory = await tempDirectory()
  const env = { ...FREE_PORTS, MCHAT_DATA_DIR: join(directory.path, 'data'), MCHAT_DATABASE_URL: await url() }
  expectSentence(await mchat(['start'], { cwd: directory.path, env }), sentence)
})

test('a taken port', async () => {
  await using directory = await tempDirectory()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  await prepareDatabase(join(directory.path, 'data'))
  for (const setting of ['MCHAT_HTTP_PORT', 'MCHAT_MQTT_PORT']) {
    const env = { ...FREE_PORTS, MCHAT_DATA_DIR: join(directory.path, 'data'), [setting]: port }
    const finished = await mchat(['start'], { cwd: directory.path, env })
    expectSentence(finished, `Port ${port} on 127.0.0.1 is taken by another process; stop it, or set ${setting}`)
  }
  await new Promise((resolve) => server.close(resolve))
})

test('init prepares a deployment and leaves what is there', async () => {
  await using directory = await tempDirectory()
  const first = await mchat(['init'], { cwd: directory.path })
  expect(first.code).toBe(0)
  const file = join(directory.path, 'mchat.yaml')
  const secret = readFileSync(join(directory.path, 'data/secret.key'), 'utf8')
  expect(Buffer.from(secret, 'base64')).toHaveLength(32)
  expect(statSync(join(directory.path, 'data/secret.key')).mode & 0o777).toBe(0o600)
  expect(loadConfig({}, { cwd: directory.path })).toEqual(
    loadConfig({}, { cwd: directory.path, configFile: '/dev/null' }),
  )

  writeFileSync(file, 'httpPort: 81\n')
  const second = await mchat(['init'], { cwd: directory.path })
  expect([second.code, readFileSync(file, 'utf8')]).toEqual([0, 'httpPort: 81\n'])
  expect(readFileSync(join(directory.path, 'data/secret.key'), 'utf8')).toBe(secret)
})

test('every line of the file that init writes can be uncommented', async () => {
  await using directory = await tempDirectory()
  await mchat(['init'], { cwd: directory.path })
  const file = join(directory.path, 'mchat.yaml')
  const content = readFileSync(file, 'utf8').replace(/^( *)# (\w+:( |$))/gm, '$1$2')
  const keys = Object.entries(parse(content) as Record<string, unknown>).flatMap(([key, value]) =>
    ['agents', 'broker', 'limits', 'storage', 'tls'].includes(key)
      ? Object.keys(value ?? {}).map((name) => `${key}.${name}`)
      : [key],
  )
  expect(keys).toEqual(Object.keys(SETTINGS))
  writeFileSync(file, content)
  expect(loadConfig({}, { cwd: directory.path })).toEqual(
    loadConfig({}, { cwd: directory.path, configFile: '/dev/null' }),
  )
})

test('start says where everything is, and SIGTERM stops it in order', async () => {
  await using directory = await tempDirectory()
  const dataDir = join(directory.path, 'data')
  await using running = new MchatProcess(['start'], {
    cwd: directory.path,
    env: { ...FREE_PORTS, MCHAT_DATA_DIR: dataDir },
  })
  await running.says('is ready')
  await running.says('Warning: Embedded mode')
  const console = /Console +(\S+)/.exec(running.stderr)?.[1] ?? ''
  expect(await (await fetch(`${console}readyz`)).json()).toEqual({ ready: true })
  expect(running.stderr).toContain(join(dataDir, 'first-admin.json'))
  expect(running.stderr).toContain('README.md shows how to send the first message')
  expect(running.stderr).toMatch(`Preparing ${dataDir} …\n`)
  expect(statSync(join(dataDir, 'first-admin.json')).mode & 0o777).toBe(0o600)

  running.kill('SIGTERM')
  const { code, stdout } = await running.finished
  expect(code).toBe(0)
  expect(existsSync(join(dataDir, 'mchat.lock'))).toBe(false)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string })
  expect(lines.map((line) => line.msg)).toEqual(expect.arrayContaining(['ready', 'stopping', 'stopped']))
})
