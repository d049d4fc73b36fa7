import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createLog } from '../../gateway/src/ops/log.ts'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { ACTION_NAMES, ACTIONS, type ActionDefinition } from '../../schema/src/index.ts'
import { arrange } from '../contract/examples/index.ts'
import { Scene } from '../contract/scene.ts'
import { codeOf, secretIn } from '../kit/authenticator.ts'
import { type Device, newSeqId } from '../kit/device.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { connectRaw, newCanary } from './attacker.ts'

const lines: string[] = []
const log = createLog({
  logLevel: 'debug',
  logFormat: 'json',
  clock: systemClock(),
  write: (line) => void lines.push(line),
})

/** What looks like the end of a line and the begin of another, to a terminal or to whoever reads the log. */
const FORGED = 'x\n{"level":"error","msg":"forged"}\r\u001b[31m\u2028\u2029\u0085'

/** A code is found only where it stands alone: eight digits are in many a number. */
const isIn = (text: string, secret: string): boolean =>
  /^\d+$/.test(secret) ? new RegExp(`(?<![0-9A-Za-z])${secret}(?![0-9A-Za-z])`).test(text) : text.includes(secret)

/** Secrets in an answer, wherever they stand in it. */
const secretsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => {
    if (name === 'recovery_codes') return member as string[]
    if (name === 'mqtt_password' && typeof member === 'string') return [member]
    if (name === 'otpauth_url' && typeof member === 'string') return [member, secretIn({ otpauth_url: member })]
    return secretsIn(member)
  })
}

/** The same request with another text in what is between people. */
const withText = (input: object, text: string): object => ({
  ...input,
  ...('content' in input ? { content: text } : {}),
  ...('payload' in input ? { payload: { text } } : {}),
  ...('emoji' in input ? { emoji: text.slice(-30) } : {}),
  ...('context_messages' in input ? { context_messages: [{ content: text }] } : {}),
})

onEveryBroker(
  'secrets and what people write',
  (bench) => {
    /** Every table, the audit log included. */
    const databaseText = async (): Promise<string> => {
      const { kysely } = bench.current.database
      // Only who owns the tables sees the lock of migrations, which holds nothing.
      const tables = (await kysely.introspection.getTables()).filter(({ name }) => name !== 'schema_migration_lock')
      const found = await Promise.all(tables.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(kysely)))
      return JSON.stringify(found.map(({ rows }) => rows))
    }
    /** Everything in the directory but the file that exists to tell the first administrator's password. */
    const filesText = async (): Promise<string> => {
      const found = await readdir(bench.current.dataDir, { recursive: true, withFileTypes: true })
      const files = found.filter((entry) => entry.isFile() && entry.name !== 'first-admin.json')
      const texts = files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'))
      return (await Promise.all(texts)).join('\n')
    }
    const auditText = async (office: Device): Promise<string> => {
      const [list, csv, ndjson] = [
        await office.call('audit.list', { limit: 200 }),
        await office.call('audit.export', { format: 'csv' }),
        await office.call('audit.export', { format: 'ndjson' }),
      ]
      const exported = [csv, ndjson].map(async ({ url }) => await (await fetch(url)).text())
      return [JSON.stringify(list), ...(await Promise.all(exported))].join('\n')
    }
    const metricsText = async (): Promise<string> => {
      const answers = bench.httpPorts.map((port) => fetch(`http://127.0.0.1:${port}/metrics`))
      return (await Promise.all((await Promise.all(answers)).map((answer) => answer.text()))).join('\n')
    }
    const placesWith = async (
      secrets: readonly string[],
      also: Readonly<Record<string, string>>,
    ): Promise<string[]> => {
      const places = {
        database: await databaseText(),
        files: await filesText(),
        audit: await auditText(await bench.current.office),
        metrics: await metricsText(),
        log: lines.join(''),
        ...also,
      }
      return Object.entries(places).flatMap(([place, text]) =>
        secrets.filter((secret) => isIn(text, secret)).map((secret) => `${secret} in ${place}`),
      )
    }

    test('T34, T57: are in no table, file, log line, metric or audit row, and told to nobody else, whatever is done', async () => {
      const gateway = bench.current
      const { topics } = gateway
      const bystander = await (await gateway.hire()).connect()
      await bystander.subscribe(
        topics.statusAll,
        topics.profileAll,
        topics.capabilityAll,
        topics.orgTree,
        topics.systemNotify,
      )
      const secrets = new Set<string>()
      const texts = new Set<string>()
      await using scene = await Scene.open(gateway)
      for (const action of ACTION_NAMES) {
        const { by, input } = await arrange(action, scene)
        const text = newCanary()
        const request = withText(input, text)
        if (JSON.stringify(request) !== JSON.stringify(input)) texts.add(text.slice(-30))
        if ('token' in input) secrets.add(String(input.token))
        const definition: ActionDefinition = ACTIONS[action]
        if (definition.answered === false) await by.send(action, request)
        else for (const secret of secretsIn((await by.request(action, request)).data)) secrets.add(secret)
        // And where it is refused, for a wrong credential, a wrong code and what is no such field.
        const wrong = newCanary()
        secrets.add(wrong)
        const refused = { ...request, token: wrong, mqtt_password: wrong, code: wrong, secret: wrong }
        if (!by.isClosed) await by.request(action, refused).catch(() => undefined)
      }
      const written = await (await gateway.hire()).connect()
      const away = await gateway.hire()
      await (await away.connect({ device: 'away' })).disconnect()
      const queued = newCanary()
      texts.add(queued)
      await written.call('msg.send_private', { to_employee_id: away.id, content: queued })
      const enrolment = await written.call('auth.totp_enroll', {})
      for (const secret of secretsIn(enrolment)) secrets.add(secret)
      const code = await codeOf(secretIn(enrolment))
      const confirmed = await written.call('auth.totp_confirm', { code })
      for (const secret of secretsIn(confirmed)) secrets.add(secret)
      const [token = ''] = confirmed.recovery_codes ?? []
      const { challenge_id } = await written.call('auth.challenge', { for_action: 'auth.totp_renew_codes' })
      const renewed = await written.call('auth.totp_renew_codes', { challenge_id, token })
      for (const secret of secretsIn(renewed)) secrets.add(secret)
      expect(secrets.size).toBeGreaterThan(ACTION_NAMES.length + 15)
      expect(texts.size).toBeGreaterThanOrEqual(5)

      const others = { bystander: bystander.received.map((message) => message.text).join('\n') }
      expect(await placesWith([...secrets, ...texts], others)).toEqual([])

      // It would have been found: a name is kept and told, a request is logged, and the queue has its addressee.
      const [name, seqId] = [newCanary(), newSeqId()]
      await written.call('group.create', { name, member_ids: [] }, { seqId })
      expect(await placesWith([name], {})).toEqual([`${name} in database`, `${name} in audit`])
      expect(lines.join('')).toContain(seqId)
      const back = await away.connect({ device: 'away' })
      await back.inbox.next((message) => message.json.content === queued)
    })

    test('T34: a credential is good for its own device, or shows whose another one is', async () => {
      const gateway = bench.current
      const person = await gateway.hire()
      const device = await person.connect()
      const { password } = await person.login()
      const stolen = { employeeId: person.id, clientId: `${person.id}_stolen_1`, secret: password }
      const thief = await gateway.connect(stolen).catch(() => undefined)
      expect(thief === undefined).toBe(gateway.bindsCredentials)
      const { sessions } = await device.call('session.list', {})
      const listed = sessions.map(({ client_id }) => client_id)
      expect(listed).toEqual(
        expect.arrayContaining([device.clientId, ...(thief === undefined ? [] : [thief.clientId])]),
      )
    })

    test('T58: every line of the log is one JSON object, whatever names, ids and devices are called', async () => {
      const gateway = bench.current
      const person = await gateway.hire()
      const device = await person.connect()
      const { group_id } = await device.call('group.create', { name: 'Release', member_ids: [] })
      const office = await gateway.office
      const requests: readonly (readonly [Device, string, object])[] = [
        [device, 'auth.bind', { employee_id: person.id, device_info: FORGED }],
        [device, 'auth.bind', { employee_id: FORGED, device_info: FORGED, token: FORGED }],
        [device, 'group.update', { group_id, name: FORGED }],
        [device, 'group.update', { group_id, description: FORGED, avatar: FORGED }],
        [device, FORGED, { seq_id: FORGED }],
        [device, 'config.server', { seq_id: FORGED }],
        [office, 'employee.create', { name: FORGED, employee_id: FORGED }],
        [office, 'device.add', { device_id: FORGED, employee_id: person.id }],
        [office, 'audit.list', { cursor: FORGED, for_action: FORGED }],
        [device, 'msg.send_private', { to_employee_id: person.id, content: FORGED }],
      ]
      const from = lines.length
      for (const [by, action, input] of requests) await by.request(action, input)
      await using raw = await connectRaw(gateway, person, { device: 'raw' })
      await raw.publish({ topic: gateway.topics.request(raw.clientId, FORGED), payload: FORGED, qos: 1 })
      await raw.ping().catch(() => false)
      expect(lines.length).toBeGreaterThanOrEqual(from + requests.length)
      for (const line of lines) {
        expect(line.endsWith('\n')).toBe(true)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
        expect((JSON.parse(line) as { msg: string }).msg).not.toBe('forged')
      }
    })
  },
  { log },
)
