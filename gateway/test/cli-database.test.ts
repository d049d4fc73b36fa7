import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../tests/kit/free-port.ts'
import { findPostgres, type PostgresServer, startPostgres } from '../../tests/kit/postgres.ts'
import { type TempDirectory, tempDirectory } from '../../tests/kit/temp-directory.ts'
import { MchatProcess, mchat } from './mchat-process.ts'

const bin = findPostgres()
const reason = bin === undefined ? ' (skipped: PostgreSQL is not installed)' : ''
const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8')
const block = (name: string): string =>
  new RegExp(`^\`\`\`\\w+ test=${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? ''
const TRIGGERS_ONLY = 'The audit log is protected by triggers only: the role of MCHAT_DATABASE_URL owns its tables.'

// What docs/scaling.md says is done here word by word, in this order; the tests build on each other.
describe.skipIf(reason !== '')(`a deployment with two roles${reason}`, () => {
  let server: PostgresServer
  let directory: TempDirectory
  beforeAll(async () => {
    server = await startPostgres()
    directory = await tempDirectory()
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await directory?.[Symbol.asyncDispose]()
  })

  const urlOf = (role: string, database = 'mchat') => `postgres://${role}@127.0.0.1:${server.port}/${database}`
  const psql = (script: string) =>
    new Promise<void>((resolve, reject) => {
      const args = ['-X', '-v', 'ON_ERROR_STOP=1', '-d', server.url]
      const child = execFile(join(bin ?? '', 'psql'), args, (error) => (error === null ? resolve() : reject(error)))
      child.stdin?.end(script)
    })
  const query = async (url: string, text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }
  const settings = (env: Record<string, string>) => ({
    cwd: directory.path,
    env: { MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0', MCHAT_DATA_DIR: join(directory.path, 'data'), ...env },
  })
  const run = (args: readonly string[], env: Record<string, string>) => mchat(args, settings(env))
  /** As the page has it, but for the way through npm. */
  const migrate = async (role = 'mchat_owner') => {
    const script = block('migrate')
      .replace('npm run mchat --', '"$NODE" "$MAIN"')
      .replace('mchat_owner:one%20secret', role)
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    const env = { DATABASE_HOST: `127.0.0.1:${server.port}`, NODE: process.execPath, MAIN: main }
    return (await promisify(execFile)('sh', ['-eu', '-c', script], { cwd: directory.path, env })).stderr
  }
  /** What a gateway says until it is ready. */
  const start = async (env: Record<string, string>) => {
    await using gateway = new MchatProcess(['start'], settings(env))
    await gateway.says('is ready')
    gateway.kill('SIGTERM')
    return (await gateway.finished).stderr
  }

  test('is made by the SQL of the page, and says what is to be run first', async () => {
    await psql(block('roles'))
    const early = await run(['start'], { MCHAT_DATABASE_URL: urlOf('mchat_gateway') })
    expect([early.code, early.stderr]).toEqual([
      1,
      expect.stringContaining('run "mchat database migrate" with MCHAT_DATABASE_OWNER_URL first'),
    ])
    const doctor = await run(['doctor'], { MCHAT_DATABASE_URL: urlOf('mchat_gateway') })
    expect([doctor.code, doctor.stderr]).toEqual([1, expect.stringMatching(/^FAIL Database: The database lacks 0001/m)])
  })

  test('gets its tables from the owner, once', async () => {
    expect(await migrate()).toMatch(/^Applied 0001-foundation, .*\.\nmchat_gateway has the rights of a gateway\.\n$/)
    expect(await migrate()).toMatch(/^The schema was up to date\.\n/)
  })

  test('runs without the owner’s password, and nobody can change the audit log with what the gateway has', async () => {
    const env = { MCHAT_DATABASE_URL: urlOf('mchat_gateway') }
    expect(await start(env)).not.toContain('triggers only')
    expect(await query(urlOf('mchat_gateway'), 'select action, target from audit_log')).toEqual([
      { action: 'admin.create', target: 'admin' },
    ])
    await expect(query(urlOf('mchat_gateway'), 'delete from audit_log')).rejects.toThrow('permission denied')
    for (const text of ['create table mine ()', 'create temporary table mine ()', 'create schema mine']) {
      await expect(query(urlOf('mchat_gateway'), text)).rejects.toThrow('permission denied')
    }
    const doctor = await run(['doctor'], env)
    expect([doctor.code, doctor.stderr]).toEqual([0, expect.stringContaining('Its role cannot change the audit log.')])
    const reset = await run(['admin', 'reset'], env)
    expect([reset.code, reset.stderr]).toEqual([0, expect.stringContaining('admin is an owner again')])
  })

  test('also runs with the owner’s password on the gateway, which the doctor mentions', async () => {
    const env = { MCHAT_DATABASE_URL: urlOf('mchat_gateway'), MCHAT_DATABASE_OWNER_URL: urlOf('mchat_owner') }
    expect(await start(env)).not.toContain('triggers only')
    expect((await run(['doctor'], env)).stderr).toMatch(/^note Database: MCHAT_DATABASE_OWNER_URL is set here/m)
  })

  test('is told when the gateway owns the tables', async () => {
    const env = { MCHAT_DATABASE_URL: urlOf('mchat_owner') }
    expect(await start(env)).toContain(`Warning: ${TRIGGERS_ONLY}`)
    const doctor = await run(['doctor'], env)
    expect([doctor.code, doctor.stderr]).toEqual([0, expect.stringContaining(`note Database: ${TRIGGERS_ONLY}`)])
  })

  test('says which of the two URLs is wrong', async () => {
    const env = {
      MCHAT_DATABASE_URL: urlOf('mchat_gateway'),
      MCHAT_DATABASE_OWNER_URL: `postgres://mchat_owner@127.0.0.1:${await freePort()}/mchat`,
    }
    for (const args of [['start'], ['database', 'migrate']]) {
      const { code, stderr } = await run(args, env)
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/cannot be used: nothing listens there; check MCHAT_DATABASE_OWNER_URL\.\n$/),
      ])
    }
    const without = await run(['database', 'migrate'], { MCHAT_DATABASE_URL: urlOf('mchat_gateway') })
    expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('Set MCHAT_DATABASE_OWNER_URL')])
    const nobody = await run(['database', 'migrate'], {
      MCHAT_DATABASE_URL: urlOf('nobody'),
      MCHAT_DATABASE_OWNER_URL: urlOf('mchat_owner'),
    })
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('There is no role nobody')])
  })

  test('is made of one with a single role, while it runs', async () => {
    await psql(
      'drop database mchat; drop role mchat_gateway; create role former login; create database mchat owner former',
    )
    // What is queued in another one was sealed by the deployment that was dropped.
    const own = { MCHAT_DATA_DIR: 'former' }
    await using gateway = new MchatProcess(['start'], settings({ ...own, MCHAT_DATABASE_URL: urlOf('former') }))
    await gateway.says('is ready')
    await psql(block('second-role'))
    expect(await migrate('former')).toMatch(/^The schema was up to date\.\n/)
    gateway.kill('SIGTERM')
    expect((await gateway.finished).code).toBe(0)
    expect(await start({ ...own, MCHAT_DATABASE_URL: urlOf('mchat_gateway') })).not.toContain('triggers only')
  })
})
