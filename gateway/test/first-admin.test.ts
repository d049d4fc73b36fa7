import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databases } from '../../tests/kit/databases.ts'
import { testKeys } from '../../tests/kit/keys.ts'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { describeAccess } from '../src/access/connection.ts'
import { createTokens, hashToken } from '../src/access/tokens.ts'
import { createAuditChain } from '../src/audit/chain.ts'
import { createConfig } from '../src/config.ts'
import type { Database } from '../src/db/database.ts'
import { auditLog } from '../src/db/repositories/audit-log.ts'
import { credentials } from '../src/db/repositories/credentials.ts'
import { employees } from '../src/db/repositories/employees.ts'
import { ensureFirstAdmin, type FirstAdminFile } from '../src/first-admin.ts'
import { systemClock } from '../src/platform/clock.ts'

const tokens = createTokens(testKeys())
const auditChain = createAuditChain(testKeys(), 'gateway-1')

const ensure = (database: Database, dataDir: string, port = 1883, language: 'en' | 'zh-CN' = 'en') =>
  ensureFirstAdmin({
    config: { dataDir, language, credentialDays: undefined },
    database,
    auditChain,
    clock: systemClock(),
    access: describeAccess(createConfig(), { mqtt: port, http: 8080 }),
    tokens,
  })

const read = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as FirstAdminFile

describe.each(databases.filter((kind) => kind.missing === undefined))('on $name', (kind) => {
  test('an empty organisation gets an owner who can connect', async () => {
    await using directory = await tempDirectory()
    await using database = await kind.open()
    const { path, created } = await ensure(database, directory.path, 1883, 'zh-CN')
    expect([path, created]).toEqual([join(directory.path, 'first-admin.json'), true])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const file = await read(path)
    const employee = await employees.find(database.kysely, 'admin')
    expect(file).toMatchObject({ employee_id: 'admin', name: '管理员', created_at: employee?.created_at })
    expect(employee?.roles).toEqual([{ role: 'owner' }])
    const hash = hashToken(file.mqtt_connection.mqtt_password ?? '')
    expect(await credentials.findByTokenHash(database.kysely, hash)).toMatchObject({ employee_id: 'admin' })
  })

  test('later starts make nobody, and bring only the address up to date', async () => {
    await using directory = await tempDirectory()
    await using database = await kind.open()
    const { path } = await ensure(database, directory.path)
    const before = await read(path)
    expect(await ensure(database, directory.path, 2883)).toEqual({ path, created: false })
    const after = await read(path)
    expect(after.mqtt_connection.broker_port).toBe(2883)
    expect(after).toEqual({ ...before, mqtt_connection: { ...before.mqtt_connection, broker_port: 2883 } })
  })

  test('gateways that start at once make one', async () => {
    await using directory = await tempDirectory()
    await using database = await kind.open()
    const starts = await Promise.all([1, 2, 3].map(() => ensure(database, directory.path)))
    expect(starts.filter((start) => start.created)).toHaveLength(1)
    expect(await auditLog.inOrder(database.kysely, 0, 10)).toEqual([
      expect.objectContaining({ operator_employee_id: null, action: 'admin.create', target: 'admin', code: 0 }),
    ])
    const file = await read(join(directory.path, 'first-admin.json'))
    const hash = hashToken(file.mqtt_connection.mqtt_password ?? '')
    expect(await credentials.findByTokenHash(database.kysely, hash)).toBeDefined()
  })

  test('nobody is made when the file cannot be written', async () => {
    await using directory = await tempDirectory()
    await using database = await kind.open()
    await expect(ensure(database, join(directory.path, 'missing'))).rejects.toThrow('cannot be written')
    expect(await employees.find(database.kysely, 'admin')).toBeUndefined()
    expect(await auditLog.inOrder(database.kysely, 0, 10)).toEqual([])
    expect((await ensure(database, directory.path)).created).toBe(true)
  })
})

test('a file that somebody has removed or broken is left alone', async () => {
  const pglite = databases[0]
  if (pglite === undefined) throw new Error('PGlite is always there')
  await using directory = await tempDirectory()
  await using database = await pglite.open()
  const { path } = await ensure(database, directory.path)
  await writeFile(path, 'mine now')
  expect((await ensure(database, directory.path, 2883)).created).toBe(false)
  expect(await readFile(path, 'utf8')).toBe('mine now')
})
