import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createTokens } from '#src/access/tokens.ts'
import { secretPlace } from '#src/agents/agent-secrets.ts'
import { createAuditChain } from '#src/audit/chain.ts'
import { createAuditHeads } from '#src/audit/heads.ts'
import { verifyAudit } from '#src/audit/verify.ts'
import type { Database, Db } from '#src/db/database.ts'
import { agentSecrets } from '#src/db/repositories/agent-secrets.ts'
import { auditLog } from '#src/db/repositories/audit-log.ts'
import { deploymentKeys } from '#src/db/repositories/deployment-keys.ts'
import { totp } from '#src/db/repositories/totp.ts'
import { createMessageIds } from '#src/delivery/message-ids.ts'
import { abandonKeys } from '#src/keyring/abandon-keys.ts'
import { beginRotation } from '#src/keyring/begin-rotation.ts'
import { finishRotation } from '#src/keyring/finish-rotation.ts'
import { openKeys } from '#src/keyring/open-keys.ts'
import { sealAnew } from '#src/keyring/seal-anew.ts'
import { asSecret, type DeploymentSecret } from '#src/platform/deployment-secret.ts'
import { signJws } from '#src/platform/jws.ts'
import { createKeyring, deriveKeys, type Keyring, type Keys } from '#src/platform/keys.ts'
import { createSealing, sealingWith } from '#src/platform/sealing.ts'
import { createAuthenticator, placeOf } from '#src/second-factor/authenticator.ts'
import { createRecoveryHashes } from '#src/second-factor/recovery-hashes.ts'
import { codeOf } from '../../../tests/kit/authenticator.ts'
import type { TestDatabase } from '../../../tests/kit/databases.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire } from '../db/people.ts'

const newSecret = (): DeploymentSecret => asSecret(randomBytes(32))
const NOW = new Date('2026-01-01')
const conversation = 'p|ann|bob'

/** As releases made and read everything before there were wrapped roots. */
const formerKeys = ({ bytes }: DeploymentSecret): Keyring => createKeyring([deriveKeys(bytes, 1)], 1)

onEveryDatabase('a rotation of the deployment secret', (kind) => {
  const shared = sharedDatabase(kind)
  const db = () => shared.current.kysely
  const finish = (secret: DeploymentSecret, keys: Keyring) =>
    finishRotation({ database: shared.current, secret, keys, instance: 'test' })
  const rotate = async (from: DeploymentSecret, to: DeploymentSecret): Promise<Keyring> => {
    await beginRotation(shared.current, from, to)
    const keys = await openKeys(shared.current, to)
    expect(await finish(to, keys)).toBe('finished')
    await sealAnew(shared.current, keys)
    return keys
  }
  const append = (keys: Keys, seqId: string, payload = seqId) =>
    shared.current.transaction((tx) =>
      createAuditChain(keys, 'gateway-1').append(tx, {
        operatorEmployeeId: 'ann',
        clientId: 'ann_web_1',
        seqId,
        action: 'group.create',
        target: null,
        params: {},
        code: 0,
        reason: null,
        payload,
      }),
    )
  const auditProblems = async (keys: Keys) => {
    const { isSigned } = createAuditHeads(keys)
    return (await verifyAudit({ db: db(), chain: createAuditChain(keys, 'gateway-1'), isSigned })).problems
  }
  const actions = async () => (await auditLog.inOrder(db(), 0, 100)).map(({ action }) => action)

  test('keeps authenticators, recovery codes, ids, proofs, tokens and the audit log good', async () => {
    const [old, fresh] = [newSecret(), newSecret()]
    const before = await openKeys(shared.current, old)
    const { code, secret } = await enrol(shared.current, before, 'ann')
    await employ(shared.current, before, 'bot')
    const heads = createAuditHeads(before)
    await append(before, 's1')
    await auditLog.insertHead(db(), await signedHead(db(), before))
    const ids = createMessageIds(before)
    const msgId = ids.messageId('ann_web_1', 's1', 'ann', conversation)
    const message = { msgId, senderId: 'ann', conversation, sentAt: NOW.toISOString(), content: 'x' }
    const proof = ids.proof(message)
    const credentialId = createTokens(before).newCredentialId()
    const token = createTokens(before).tokenOf(credentialId)

    const after = await rotate(old, fresh)
    const authenticator = createAuthenticator(after, createSealing(after))
    expect(await authenticator.check(db(), 'ann', await codeOf(secret))).toMatchObject({ kind: 'step' })
    const used = await authenticator.check(db(), 'ann', code)
    expect(used).toMatchObject({ kind: 'recovery' })
    if (used !== undefined) expect(await authenticator.use(db(), 'ann', used, NOW)).toBe(true)
    expect(await authenticator.check(db(), 'ann', code)).toBeUndefined()
    const idsAfter = createMessageIds(after)
    expect(idsAfter.messageId('ann_web_1', 's1', 'ann', conversation)).toBe(msgId)
    expect(idsAfter.isGenuine(message, proof)).toBe(true)
    expect(createTokens(after).tokenOf(credentialId)).toBe(token)
    expect(createTokens(after).newCredentialId()).toMatch(/^cred2_/)

    const [row] = await agentSecrets.of(db(), 'bot')
    const opened = createSealing(after).open(row?.sealed ?? '', secretPlace('bot', 'webhook'))
    expect(opened).toBe('secret of bot')

    // A repetition leaves no second row, what comes next is sealed with the new keys, and all of it is as it was sealed.
    await append(after, 's1')
    await append(after, 's2')
    expect(await actions()).toEqual(['group.create', 'keys.rotate', 'group.create'])
    expect(await auditProblems(after)).toEqual([])
    const signed = await auditLog.latestHead(db())
    expect(signed !== undefined && (await createAuditHeads(after).isSigned(signed))).toBe(true)
    expect(signed !== undefined && (await heads.isSigned(signed))).toBe(true)
  })

  test.each(['a deployment of this release', 'one from before there were roots'])(
    'leaves nothing that the old secret opens: %s',
    async (which) => {
      const [old, fresh] = [newSecret(), newSecret()]
      const isFormer = which.startsWith('one')
      if (isFormer) await deploymentKeys.setNote(db(), 'former', old.id)
      const before = await openKeys(shared.current, old)
      if (isFormer) expect(before.current).toEqual(formerKeys(old).current)
      const { code, secret } = await enrol(shared.current, before, 'ann')
      await employ(shared.current, before, 'bot')
      const codeHash = createRecoveryHashes(before).current(code.replace('-', ''))
      const stolen = [old.wrapping, ...Object.values(deriveKeys(old.bytes, 1)).filter(Buffer.isBuffer)]
      const openable = () => openedBy(shared.current, stolen)
      // The test can tell: before, the secret opens the roots.
      expect((await openable()).length).toBeGreaterThan(0)
      if (isFormer) expect(await openable()).toEqual(expect.arrayContaining([secret, 'secret of bot']))
      expect(await everyText(shared.current)).toContain(codeHash)

      await rotate(old, fresh)
      expect(await openable()).toEqual([])
      // Nor can recovery codes be tried with what it gives: they are too short to be guessed slowly.
      expect((await everyText(shared.current)).filter((text) => text.includes(codeHash))).toEqual([])
      await expect(openKeys(shared.current, old)).rejects.toThrow('gateways with another secret')
    },
  )

  test('may end at any moment: either secret opens everything until it is finished, and done again it is done once', async () => {
    const [old, fresh] = [newSecret(), newSecret()]
    const { secret } = await enrol(shared.current, await openKeys(shared.current, old), 'ann')
    await employ(shared.current, await openKeys(shared.current, old), 'bot')
    const works = async (with_: DeploymentSecret) => {
      const keys = await openKeys(shared.current, with_)
      const row = await totp.find(db(), 'ann')
      expect(createSealing(keys).open(row?.sealed_secret ?? '', placeOf('ann'))).toBe(secret)
      return keys
    }
    await beginRotation(shared.current, old, fresh)
    await works(old)
    await beginRotation(shared.current, old, fresh)
    expect(await finish(old, await works(old))).toBe('begun')
    const keys = await works(fresh)
    await using failing = failingDatabase(shared.current, 'audit_log')
    await expect(finishRotation({ database: failing, secret: fresh, keys, instance: 'test' })).rejects.toThrow()
    await failing.mend()
    await works(old)
    expect((await works(fresh)).current.generation).toBe(1)

    expect(await finish(fresh, await works(fresh))).toBe('finished')
    // Before anything was sealed anew.
    expect((await works(fresh)).current.generation).toBe(2)
    expect(await finish(fresh, await works(fresh))).toBe('none')
    const after = await works(fresh)
    expect(await sealAnew(shared.current, after)).toMatchObject({
      authenticators: 1,
      recoveryCodes: 10,
      agentSecrets: 1,
    })
    expect(await sealAnew(shared.current, after)).toEqual({
      authenticators: 0,
      recoveryCodes: 0,
      agentSecrets: 0,
      unreadable: [],
      unreadableAgents: [],
    })
    await works(fresh)
    expect((await actions()).filter((action) => action === 'keys.rotate')).toHaveLength(1)
    expect(after.all.map(({ generation }) => generation)).toEqual([1, 2])
  })

  test('can be begun anew with another secret when the first one was lost, and twice in a row', async () => {
    const [old, lost, fresh, fresher] = [newSecret(), newSecret(), newSecret(), newSecret()]
    const { code } = await enrol(shared.current, await openKeys(shared.current, old), 'ann')
    await beginRotation(shared.current, old, lost)
    expect((await rotate(old, fresh)).all).toHaveLength(2)
    await expect(openKeys(shared.current, lost)).rejects.toThrow('another secret')
    const keys = await rotate(fresh, fresher)
    expect(keys.all.map(({ generation }) => generation)).toEqual([1, 2, 3])
    expect(await createAuthenticator(keys, createSealing(keys)).check(db(), 'ann', code)).toBeDefined()
    expect(await auditProblems(keys)).toEqual([])
  })

  test('waits for the gateways that run with the old secret', async () => {
    const [old, fresh] = [newSecret(), newSecret()]
    await openKeys(shared.current, old)
    const lease = (instance: string, { id }: DeploymentSecret, seconds: number) =>
      sql`insert into gateway (instance, lease_until, confirmed, started_at, secret_id)
        values (${instance}, clock_timestamp() + ${seconds} * interval '1 second', 0, now(), ${id})`.execute(db())
    await lease('dead', old, -1)
    await lease('alive', old, 60)
    await beginRotation(shared.current, old, fresh)
    await lease('restarted', fresh, 60)
    const keys = await openKeys(shared.current, fresh)
    expect(await finish(fresh, keys)).toEqual({ waitsFor: ['alive'] })
    expect(await actions()).toEqual([])
    await expect(beginRotation(shared.current, old, newSecret())).rejects.toThrow(
      'The gateway restarted runs with a secret that is neither the old nor the new one',
    )
    await sql`delete from gateway where instance = 'alive'`.execute(db())
    expect(await finish(fresh, keys)).toBe('finished')
  })

  test('makes a forged end of the audit log known, also to whoever has the keys of before', async () => {
    const [old, fresh] = [newSecret(), newSecret()]
    const before = await openKeys(shared.current, old)
    const stolen = createKeyring([...before.all], 1)
    for (const seqId of ['s1', 's2', 's3']) await append(before, seqId)
    const earlier = await auditLog.chainEnd(db(), 'head')
    const after = await rotate(old, fresh)
    // A gateway that has not heard of it yet goes on with the newest keys that were used.
    await append(createKeyring([...after.all], 1), 's4')
    expect(await auditProblems(after)).toEqual([])
    const superuser = await shared.current.superuser()
    await superuser.transaction(async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx)
      await sql`delete from audit_log where seq > 3`.execute(tx)
      await sql`update audit_chain set seq = 3, hash = ${earlier?.hash}, seal = ${earlier?.seal}`.execute(tx)
    })
    expect(await auditProblems(stolen)).toEqual([])
    expect(await auditProblems(after)).toEqual([{ problem: 'changed', seq: 3 }])
  })

  test('goes on past what cannot be opened, and names whose it is', async () => {
    const [old, fresh] = [newSecret(), newSecret()]
    const keys = await openKeys(shared.current, old)
    await enrol(shared.current, keys, 'ann')
    await enrol(shared.current, keys, 'bob')
    for (const id of ['bot', 'cat']) await employ(shared.current, keys, id)
    await sql`update agent_secret set sealed = 'v1.AAAA' where agent_id = 'bot'`.execute(db())
    await sql`update totp set sealed_secret = 'v1.AAAA' where employee_id = 'ann'`.execute(db())
    await beginRotation(shared.current, old, fresh)
    const after = await openKeys(shared.current, fresh)
    await finish(fresh, after)
    expect(await sealAnew(shared.current, after)).toMatchObject({
      authenticators: 1,
      unreadable: ['ann'],
      agentSecrets: 1,
      unreadableAgents: ['bot'],
    })
  })

  test('is given up with the secret when that is lost: new keys, nothing sealed, and the organisation as it was', async () => {
    const [lost, fresh] = [newSecret(), newSecret()]
    const before = await openKeys(shared.current, lost)
    await enrol(shared.current, before, 'ann')
    await employ(shared.current, before, 'bot')
    await append(before, 's1')
    await expect(openKeys(shared.current, fresh)).rejects.toThrow('another secret')
    expect(await abandonKeys(shared.current, fresh, 'test')).toEqual({ authenticators: 1, agentSecrets: 1 })
    const after = await openKeys(shared.current, fresh)
    expect(await totp.find(db(), 'ann')).toBeUndefined()
    expect(await agentSecrets.of(db(), 'bot')).toEqual([])
    expect(await auditProblems(after)).toEqual([{ problem: 'changed', seq: 1 }])
    await rotate(fresh, newSecret())
  })
})

/** An authenticator with its recovery codes, as an employee has it who has confirmed it. */
const enrol = async (database: Database, keys: Keys, id: string) => {
  await hire(database.kysely, id)
  const authenticator = createAuthenticator(keys, createSealing(keys))
  const { otpauthUrl, sealedSecret } = authenticator.enroll(id)
  await totp.enroll(database.kysely, id, sealedSecret, NOW)
  const { codes, hashes } = authenticator.newRecoveryCodes()
  await totp.confirm(database.kysely, id, 0, hashes, NOW)
  return { secret: new URL(otpauthUrl).searchParams.get('secret') ?? '', code: codes[0] ?? '' }
}

/** An agent with a secret. */
const employ = async (database: Database, keys: Keys, id: string): Promise<void> => {
  await hire(database.kysely, id, { is_ai_agent: true, agent_profile: {} })
  const sealed = createSealing(keys).seal(`secret of ${id}`, secretPlace(id, 'webhook'))
  const row = { secret_id: `sec_${id}`, agent_id: id, kind: 'webhook', sealed, created_at: NOW } as const
  await agentSecrets.replace(database.kysely, row, undefined)
}

const signedHead = async (db: Db, keys: Keys) => {
  const claims = { day: '2026-01-01', seq: 1, hash: (await auditLog.find(db, 1))?.hash ?? '' }
  return { ...claims, signature: await signJws(claims, 'mchat-audit-head+jws', keys.current.signing) }
}

/** Everything in any column of the database that one of the keys opens, whatever it was sealed for. */
const openedBy = async (database: Database, keys: readonly Buffer[]): Promise<string[]> => {
  const opened: string[] = []
  const texts = await everyText(database)
  const places = [
    'totp ann',
    secretPlace('bot', 'webhook'),
    ...[1, 2, 3].map((generation) => `root of generation ${generation}`),
  ]
  for (const text of texts.map((each) => each.replace(/^[0-9]+\./, ''))) {
    for (const key of keys) {
      for (const place of places) {
        try {
          opened.push(sealingWith(key).open(text, place))
        } catch {
          // That is the point.
        }
      }
    }
  }
  return opened
}

const everyText = async ({ kysely }: Database): Promise<string[]> => {
  const texts: string[] = []
  for (const { name } of await kysely.introspection.getTables()) {
    // Only who owns the tables sees the lock of migrations, which holds nothing.
    if (name === 'schema_migration_lock') continue
    texts.push(...textsIn((await sql`select * from ${sql.table(name)}`.execute(kysely)).rows))
  }
  return texts
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}

/** Nothing can be written to the table until it is mended. */
const failingDatabase = (database: TestDatabase, table: string) => {
  const owner = async () => (await database.superuser()).kysely
  const mend = async () => {
    await sql`drop trigger if exists broken on ${sql.table(table)}`.execute(await owner())
  }
  const broken = (async () => {
    await sql`create or replace function fail() returns trigger language plpgsql as $$ begin raise 'broken'; end $$`.execute(
      await owner(),
    )
    await sql`create trigger broken before insert on ${sql.table(table)} execute function fail()`.execute(await owner())
  })()
  const transaction: Database['transaction'] = async (work) => {
    await broken
    return database.transaction(work)
  }
  return { ...database, transaction, mend, [Symbol.asyncDispose]: mend }
}
