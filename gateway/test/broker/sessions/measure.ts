/**
 * CPU microseconds per message of the sessions engine: publish, journal record, sending, acknowledgement.
 * Run: npm exec -c 'node gateway/test/broker/sessions/measure.ts'
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '../../../src/broker/journal/file-journal.ts'
import type { Journal } from '../../../src/broker/journal/journal.ts'
import { packetIdOffset } from '../../../src/broker/sessions/packets.ts'
import { openSessions, type SessionStore } from '../../../src/broker/sessions/session-store.ts'
import type { SessionConnection, SessionLimits } from '../../../src/broker/sessions/sessions.ts'

const LIMITS: SessionLimits = {
  inflight: 100,
  queuedMessages: 10_000,
  queuedBytes: 64 * 1024 * 1024,
  totalQueuedBytes: 512 * 1024 * 1024,
  connectionBufferBytes: 1024 * 1024,
  subscriptionsPerClient: 1_000,
}
const PAYLOAD = Buffer.alloc(350, 'x')
const BATCH = 32
const ROUNDS = 5

/** Keeps nothing, answers at the end of the turn: what is left is the engine. */
const nullJournal = (): Journal => {
  let waiting: ((error?: Error) => void)[] = []
  let scheduled = false
  const answer = (): void => {
    scheduled = false
    const dones = waiting
    waiting = []
    for (const done of dones) done()
  }
  return {
    segment: 1,
    bytes: 0,
    segments: [1],
    append(_record, done) {
      if (done !== undefined) {
        waiting.push(done)
        if (!scheduled) {
          scheduled = true
          setImmediate(answer)
        }
      }
      return 1
    },
    flush: async () => undefined,
    dropBefore: async () => undefined,
    close: async () => undefined,
  }
}

const directories: string[] = []
const fileJournal = (replay: (record: Uint8Array, segment: number) => void): Promise<Journal> => {
  const directory = mkdtempSync(join(tmpdir(), 'mchat-sessions-'))
  directories.push(directory)
  const options = { directory, key: new Uint8Array(32), fsync: 'never', segmentBytes: 16 * 1024 * 1024 } as const
  return openJournal({ ...options, report: console.error }, replay)
}

/** Collects packet ids, as a socket collects packets, to acknowledge them in the next turn as a read would. */
class Client implements SessionConnection {
  readonly bufferedBytes = 0
  readonly clientId: string
  readonly store: SessionStore
  ids: number[] = []

  constructor(clientId: string, store: SessionStore) {
    this.clientId = clientId
    this.store = store
  }

  write(packet: Buffer): void {
    if (((packet[0] ?? 0) & 6) === 0) return
    const at = packetIdOffset(packet)
    this.ids.push(((packet[at] ?? 0) << 8) | (packet[at + 1] ?? 0))
  }

  acknowledgeAll(): void {
    const { ids } = this
    this.ids = []
    for (const id of ids) this.store.acknowledge(this.clientId, id)
  }

  end(): void {
    throw new Error('ended')
  }
}

const run = async (name: string, store: SessionStore, members: number, durable: boolean, messages: number) => {
  const topic = `mchat/group/${name}`
  const clients: Client[] = []
  for (let n = 0; n < members; n++) {
    const client = new Client(`emp_${n}_phone_0123456789abcdef`, store)
    store.attach(client.clientId, false, client)
    await store.subscribe(client.clientId, false, [{ filter: topic, qos: 1 }])
    clients.push(client)
  }
  const best = { cpu: Number.POSITIVE_INFINITY, all: [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let sent = 0; sent < messages; sent += BATCH) {
      const waiting: Promise<void>[] = []
      for (let n = 0; n < BATCH; n++) waiting.push(store.publish({ topic, payload: PAYLOAD, qos: 1, durable }))
      await Promise.all(waiting)
      for (const client of clients) client.acknowledgeAll()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { user, system } = process.cpuUsage(before)
    const cpu = (user + system) / messages / members
    if (round === 0) continue
    best.cpu = Math.min(best.cpu, cpu)
    best.all.push(cpu)
  }
  const left = store.stats().queuedMessages
  if (left > 0) throw new Error(`${left} left`)
  const rounds = best.all.map((cpu) => cpu.toFixed(2)).join(' ')
  console.log(`${name.padEnd(34)} best ${best.cpu.toFixed(2)} µs per delivery (rounds: ${rounds})`)
  for (const client of clients) await store.purge(client.clientId)
}

for (const [journalName, open] of [
  ['null', async () => nullJournal()],
  ['file', fileJournal],
] as const) {
  const store = await openSessions({ openJournal: open, limits: LIMITS })
  await run(`${journalName}-durable-1`, store, 1, true, 100_000)
  await run(`${journalName}-memory-1`, store, 1, false, 100_000)
  await run(`${journalName}-durable-50`, store, 50, true, 4_000)
  await store.close()
}

{
  const store = await openSessions({ openJournal: async () => nullJournal(), limits: LIMITS })
  const clients: Client[] = []
  for (let n = 0; n < 10_000; n++) {
    const client = new Client(`emp_${n}_phone_0123456789abcdef`, store)
    store.attach(client.clientId, false, client)
    await store.subscribe(client.clientId, false, [
      { filter: `mchat/msg/resp/${client.clientId}/+`, qos: 1 },
      { filter: `mchat/inbox/emp_${n}`, qos: 1 },
      { filter: 'mchat/status/+', qos: 1 },
    ])
    clients.push(client)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let n = 0; n < 200_000; n++) {
      const client = clients[(n * 7919) % clients.length]
      if (client === undefined) break
      const topic = `mchat/msg/resp/${client.clientId}/seq-${n}`
      await store.publish({ topic, payload: PAYLOAD, qos: 1, durable: false })
      client.acknowledgeAll()
    }
    const { user, system } = process.cpuUsage(before)
    console.log(`response to one of 10,000 clients      ${((user + system) / 200_000).toFixed(2)} µs`)
  }
  console.log(`heap with 10,000 sessions: ${(process.memoryUsage().heapUsed / 1e6).toFixed(0)} MB`)
}

for (const directory of directories) rmSync(directory, { recursive: true })
