import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '../../../schema/src/index.ts'
import { connectRaw } from '../../attacks/attacker.ts'
import type { DatabaseDump } from '../../kit/database-dump.ts'
import { type Device, newSeqId } from '../../kit/device.ts'
import { onEveryBroker } from '../../kit/on-every-broker.ts'
import { packet } from '../../kit/raw-packets.ts'

const KIB = 1024
const request = (fields: string): string => `{"action":"employee.create",${fields}}`
const padded = (bytes: number): string => '{"action":"config.server"}'.padEnd(bytes)

/** Threats T17 to T22, and whatever else is no request. */
onEveryBroker('a payload', (shared) => {
  let admin: Device
  let before: DatabaseDump

  beforeEach(async () => {
    const person = await shared.current.hire({ roles: [{ role: 'admin' }] })
    admin = await person.connect()
    before = await shared.current.dump()
  })
  afterEach(async () => {
    expect(await shared.current.dump()).toEqual(before)
    await admin.disconnect()
  })

  /** Exactly one answer comes, and its seq_id is the topic's. */
  const ask = async (raw: string | Buffer) => {
    const seqId = newSeqId()
    const answer = await admin.request('', {}, { raw, seqId })
    await admin.call('config.server', {})
    const answers = admin.received.filter(({ topic }) => topic.endsWith(`/${seqId}`))
    expect(answers).toHaveLength(1)
    expect(answer.seq_id).toBe(seqId)
    return answer
  }
  const expectMalformed = async (raw: string | Buffer, rule: string): Promise<void> => {
    const answer = await ask(raw)
    expect(answer).toMatchObject({ code: 400, reason: 'malformed_request', data: { errors: [{ field: '', rule }] } })
  }

  describe('of a size (T17)', () => {
    test('64 KiB is read, one byte more is not', async () => {
      expect(await ask(padded(64 * KIB - 1))).toMatchObject({ code: 0 })
      expect(await ask(padded(64 * KIB))).toMatchObject({ code: 0 })
      const past = shared.broker === 'embedded' ? [] : [256 * KIB + 1, 2 * KIB * KIB]
      for (const bytes of [64 * KIB + 1, 128 * KIB, 255 * KIB, ...past]) {
        expect(await ask(padded(bytes))).toMatchObject({ code: 413, reason: 'too_large', data: null })
      }
    })

    // A broker of its own carries the answers of a large organisation, and so lets in what the gateway then refuses.
    const endless = shared.broker === 'embedded' ? [256 * KIB + 1, KIB * KIB, 20 * KIB * KIB] : [20 * KIB * KIB]
    test.each(endless)('%d bytes end the connection', async (bytes) => {
      const device = await (await shared.current.hire()).connect()
      before = await shared.current.dump()
      await Promise.race([
        device.send('', {}, { raw: Buffer.alloc(bytes, 0x20) }).catch(() => undefined),
        device.closed,
      ])
      await device.closed
      expect(await admin.request('config.server')).toMatchObject({ code: 0 })
    })

    test('a packet that announces 256 MiB and sends it byte by byte ends at its header', async () => {
      const person = await shared.current.hire()
      await using raw = await connectRaw(shared.current, person)
      before = await shared.current.dump()
      for (const byte of packet(0x32, Buffer.alloc(0), 268_435_455)) await raw.write(Buffer.from([byte]))
      await raw.closed
      expect(await admin.request('config.server')).toMatchObject({ code: 0 })
    })
  })

  describe('deep, wide or with odd numbers (T18)', () => {
    test('more than 64 KiB of it', async () => {
      expect(await ask('['.repeat(200_000))).toMatchObject({ code: 413 })
      const keys = Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join()
      expect(await ask(request(keys))).toMatchObject({ code: 413 })
    })

    test('depth, members and elements', async () => {
      const nested = (depth: number) =>
        `{"action":"sync.relay","kind":"x","payload":${'['.repeat(depth)}${']'.repeat(depth)}}`
      expect(await ask(nested(15))).toMatchObject({ code: 0 })
      await expectMalformed(nested(16), 'depth')
      await expectMalformed(nested(30_000), 'depth')
      await expectMalformed('['.repeat(60_000), 'json')
      const members = (count: number) => Array.from({ length: count }, (_, i) => `"k${i}":1`).join()
      expect(await ask(`{"action":"config.server",${members(999)}}`)).toMatchObject({ code: 0 })
      await expectMalformed(`{"action":"config.server",${members(1000)}}`, 'members')
      await expectMalformed(`{"action":"config.server",${members(5000)}}`, 'members')
      const elements = (count: number) => `{"action":"config.server","x":[${'0,'.repeat(count - 1)}0]}`
      expect(await ask(elements(1000))).toMatchObject({ code: 0 })
      await expectMalformed(elements(1001), 'elements')
    })

    test('a text of 60 KiB', async () => {
      const long = 'x'.repeat(60 * KIB)
      expect(await ask(request(`"name":"${long}"`))).toMatchObject({ code: 400, reason: 'invalid_fields' })
      const message = `{"action":"msg.send_private","to_employee_id":"admin","content":"${long}"}`
      expect(await ask(message)).toMatchObject({ code: 413, data: { errors: [{ field: 'content' }] } })
    })

    test.each(['1e400', '-1e400', '12345678901234567890', '-0', '-0.0', '1E+2', '1e2', '1.5'])(
      '%s is no sort_order',
      async (number) => {
        const answer = await ask(`{"action":"department.create","name":"x","sort_order":${number}}`)
        expect(answer).toMatchObject({
          code: 400,
          reason: 'invalid_fields',
          data: { errors: [{ field: 'sort_order' }] },
        })
      },
    )

    test('costs less than 50 ms of the processor', async () => {
      const worst = [
        '['.repeat(60_000),
        `{"action":"config.server",${Array.from({ length: 6000 }, (_, i) => `"k${i}":1`).join()}}`,
        `{"action":"sync.relay","kind":"x","payload":"${'\\\\'.repeat(30_000)}"}`,
        `{"action":"sync.relay","kind":"x","payload":"${'\\u00e9'.repeat(10_000)}"}`,
        `{"action":"msg.verify","messages":[${'{},'.repeat(99)}{}]}`,
        request(`"skills_badge":[${'"a",'.repeat(999)}"a"]`),
      ]
      for (const raw of worst) {
        const costs: number[] = []
        for (let i = 0; i < 3; i++) {
          const start = process.cpuUsage()
          await admin.request('', {}, { raw })
          const { user, system } = process.cpuUsage(start)
          costs.push((user + system) / 1000)
        }
        expect(Math.min(...costs), raw.slice(0, 60)).toBeLessThan(50)
      }
    })
  })

  test.each([
    '{"action":"org.tree","action":"employee.create","name":"x"}',
    '{"action":"employee.create","name":"x","action":"org.tree"}',
    String.raw`{"action":"org.tree","\u0061ction":"employee.create","name":"x"}`,
    '{"action":"group.create","name":"x","member_ids":[],"opts":{"avatar":"a","avatar":"b"}}',
    '{"action":"msg.send_private","to_employee_id":"admin","content":{"type":"x","body":{"a":1,"a":2}}}',
    '{"action":"config.server","seq_id":"a","seq_id":"b"}',
  ])('with a name twice is refused (T19): %s', (raw) => expectMalformed(raw, 'duplicate'))

  describe('that reaches for the prototype (T20)', () => {
    const reaches = ['__proto__', 'constructor', 'prototype', String.raw`\u005f_proto__`]
    const places = [
      (member: string) => request(`"name":"x",${member}`),
      (member: string) => `{"action":"group.create","name":"x","member_ids":[],"opts":{${member}}}`,
      (member: string) => request(`"name":"x","is_ai_agent":true,"agent_profile":{${member}}`),
      (member: string) =>
        `{"action":"msg.send_private","to_employee_id":"admin","content":{"type":"text","body":{"text":"x",${member}}}}`,
      (member: string) => `{"action":"sync.relay","kind":"x","payload":[{${member}}]}`,
      (member: string) => request(`"name":"x","roles":[{"role":"hr",${member}}]`),
    ]
    test.each(reaches)('%s', async (name) => {
      for (const place of places) {
        await expectMalformed(place(`"${name}":{"role":"admin","isAdmin":true,"toString":1}`), 'name')
        await expectMalformed(place(`"${name}":{"prototype":{"role":"owner"}}`), 'name')
      }
      expect({}).not.toHaveProperty('role')
      const member = await (await shared.current.hire()).connect()
      before = await shared.current.dump()
      expect(await member.request('employee.create', { name: 'x' })).toMatchObject({ code: 403 })
    })
  })

  describe('in another encoding (T22)', () => {
    const valid = '{"action":"config.server"}'
    const inText = (bytes: number[]) =>
      Buffer.concat([Buffer.from('{"action":"config.server","x":"'), Buffer.from(bytes), Buffer.from('"}')])
    test.each<[string, Buffer, string]>([
      ['a byte that is none of UTF-8', inText([0xff]), 'encoding'],
      ['an overlong slash', inText([0xc0, 0xaf]), 'encoding'],
      ['half a pair in CESU-8', inText([0xed, 0xa0, 0x80]), 'encoding'],
      ['a cut character', inText([0xe5, 0xbc]), 'encoding'],
      ['a byte order mark', Buffer.from(`\ufeff${valid}`), 'json'],
      ['UTF-16', Buffer.from(valid, 'utf16le'), 'json'],
      ['UTF-16 with its mark', Buffer.from(`\ufeff${valid}`, 'utf16le'), 'encoding'],
      ['gzip', gzipSync(valid), 'encoding'],
      ['nothing', Buffer.alloc(0), 'json'],
      ['a raw NUL', inText([0]), 'json'],
      ['an escaped NUL', Buffer.from(String.raw`{"action":"config.server","x":"a\u0000b"}`), 'nul'],
      ['a NUL in a name', Buffer.from(String.raw`{"action":"config.server","a\u0000b":1}`), 'nul'],
      ['half a surrogate pair', Buffer.from(String.raw`{"action":"config.server","x":"\ud83d"}`), 'surrogate'],
      [
        'a pair the wrong way round',
        Buffer.from(String.raw`{"action":"config.server","x":"\ude00\ud83d"}`),
        'surrogate',
      ],
    ])('%s', async (_what, raw, rule) => {
      await expectMalformed(raw, rule)
    })

    test('a pair that is whole', async () => {
      expect(await ask(String.raw`{"action":"config.server","x":"\ud83d\ude00"}`)).toMatchObject({ code: 0 })
    })
  })

  test.each(['[]', '[{"action":"config.server"}]', '"config.server"', '1', 'true', 'null'])('%s is no object', (raw) =>
    expectMalformed(raw, 'type'),
  )
  test.each(['{', '{}}', "{'action':'config.server'}", '{"action":"config.server",}', 'NaN', '{"a":01}'])(
    '%s is no JSON',
    (raw) => expectMalformed(raw, 'json'),
  )

  test.each([
    'employee.create ',
    ' employee.create',
    'Employee.Create',
    'employee_create',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'x'.repeat(10_000),
  ])('names no action: %s (T27)', async (action) => {
    const answer = await ask(JSON.stringify({ action, name: 'x' }))
    expect(answer).toMatchObject({ code: 400, reason: 'unknown_action', data: null })
  })

  test.each(['null', '1', '["config.server"]', '{"$ne":""}', 'true'])('its action is no text: %s', async (action) => {
    const answer = await ask(`{"action":${action}}`)
    expect(answer).toMatchObject({ code: 400, reason: 'invalid_fields', data: { errors: [{ field: 'action' }] } })
  })

  test('without an action', async () => {
    const answer = await ask('{}')
    expect(answer).toMatchObject({ code: 400, data: { errors: [{ field: 'action', rule: 'required' }] } })
  })

  test('its seq_id must be that of the topic, where it has one', async () => {
    const seqId = newSeqId()
    expect(await admin.request('config.server', { seq_id: seqId }, { seqId })).toMatchObject({ code: 0 })
    for (const seq_id of ['other', '', null, 1, [seqId], { seqId }]) {
      const answer = await admin.request('employee.create', { seq_id, name: 'x' })
      expect(answer).toMatchObject({ code: 400, reason: 'seq_id_mismatch', data: null })
    }
  })

  test('its limits are those of the contract', () => {
    const { requestBytes, packetBytes, contentBytes, jsonDepth, jsonKeys, jsonMembers, jsonElements } = LIMITS
    expect([requestBytes, packetBytes, contentBytes]).toEqual([64 * KIB, 256 * KIB, 32 * KIB])
    expect([jsonDepth, jsonKeys, jsonMembers, jsonElements]).toEqual([16, 1000, 5000, 1000])
  })
})
