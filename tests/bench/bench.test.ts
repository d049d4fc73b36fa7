import { createServer } from 'node:net'
import { generate, type Packet, parser } from 'mqtt-packet'
import { afterEach, describe, expect, test } from 'vitest'
import { judgeBudgets } from './budgets.ts'
import { figureRow, median, spread } from './console-figures.ts'
import { largeOrganisation, type Shape } from './large-organisation.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { LoadRun } from './load-run.ts'
import {
  encodeConnack,
  encodeConnect,
  encodeDisconnect,
  encodePuback,
  encodePublish,
  encodeSuback,
  encodeSubscribe,
  PacketReader,
  PacketType,
  PublishView,
  readUint16,
} from './mqtt-codec.ts'
import { parseOptions } from './options.ts'
import { tasksIn } from './page-watch.ts'
import { tablesOf, toMarkdown } from './result-tables.ts'
import { runSuite } from './suite.ts'
import { summarize } from './summary.ts'

const parse = (bytes: Buffer): Packet => {
  const packets: Packet[] = []
  const reader = parser()
  reader.on('packet', (packet) => packets.push(packet))
  reader.parse(bytes)
  const [packet] = packets
  if (packet === undefined || packets.length > 1) throw new Error(`${packets.length} packets instead of one`)
  return packet
}

describe('the codec', () => {
  test('writes what mqtt-packet reads', () => {
    const payload = Buffer.from('x'.repeat(20_000))
    expect(
      parse(
        encodeConnect({ clientId: 'emp_1_bench_1', clean: false, keepaliveSeconds: 600, username: 'ü', password: 'p' }),
      ),
    ).toMatchObject({
      cmd: 'connect',
      clientId: 'emp_1_bench_1',
      clean: false,
      keepalive: 600,
      username: 'ü',
      password: Buffer.from('p'),
    })
    expect(parse(encodeConnect({ clientId: 'c', clean: true, keepaliveSeconds: 0 }))).toMatchObject({
      clientId: 'c',
      clean: true,
    })
    expect(parse(encodeSubscribe(7, ['a/+', 'b'], 1))).toMatchObject({
      cmd: 'subscribe',
      messageId: 7,
      subscriptions: [
        { topic: 'a/+', qos: 1 },
        { topic: 'b', qos: 1 },
      ],
    })
    expect(parse(encodePublish('a/b', payload, 1, 65_535))).toMatchObject({
      cmd: 'publish',
      topic: 'a/b',
      qos: 1,
      messageId: 65_535,
      payload,
    })
    expect(parse(encodePublish('a', Buffer.from('y'), 0, 9))).toMatchObject({
      topic: 'a',
      qos: 0,
      payload: Buffer.from('y'),
    })
    expect(parse(encodePuback(300))).toMatchObject({ cmd: 'puback', messageId: 300 })
    expect(parse(encodeConnack(true, 5))).toMatchObject({ cmd: 'connack', sessionPresent: true, returnCode: 5 })
    expect(parse(encodeSuback(2, [1, 128]))).toMatchObject({ cmd: 'suback', messageId: 2, granted: [1, 128] })
    expect(parse(encodeDisconnect())).toMatchObject({ cmd: 'disconnect' })
  })

  test.each([1, 2, 3, 7, 1000, 65_536])('reads what mqtt-packet writes, in pieces of %i bytes', (size) => {
    const big = 'z'.repeat(3000)
    const stream = Buffer.concat([
      generate({ cmd: 'connack', sessionPresent: false, returnCode: 0 }),
      generate({ cmd: 'publish', topic: 'mchat/inbox/emp_1', payload: 'one', qos: 0, dup: false, retain: false }),
      generate({ cmd: 'publish', topic: 't', payload: big, qos: 1, messageId: 513, dup: true, retain: false }),
      generate({ cmd: 'puback', messageId: 258 }),
      generate({ cmd: 'publish', topic: 'empty', payload: '', qos: 1, messageId: 1, dup: false, retain: true }),
    ])
    const seen: unknown[] = []
    const view = new PublishView()
    const reader = new PacketReader((header, buffer, start, end) => {
      if (header >> 4 !== PacketType.publish) return seen.push([header >> 4, readUint16(buffer, start)])
      view.read(header, buffer, start, end)
      const topic = buffer.toString('utf8', view.topicStart, view.topicEnd)
      return seen.push([topic, view.qos, view.packetId, buffer.toString('utf8', view.payloadStart, view.payloadEnd)])
    })
    for (let at = 0; at < stream.length; at += size) reader.feed(Buffer.from(stream.subarray(at, at + size)))
    expect(seen).toEqual([
      [PacketType.connack, 0],
      ['mchat/inbox/emp_1', 0, 0, 'one'],
      ['t', 1, 513, big],
      [PacketType.puback, 258],
      ['empty', 1, 1, ''],
    ])
  })
})

test('the histogram is within one percent', () => {
  const times = new LatencyHistogram()
  for (let microseconds = 1; microseconds <= 100_000; microseconds++) times.record(microseconds / 1000)
  expect(times.quantileMs(0.5) / 50).toBeCloseTo(1, 2)
  expect(times.quantileMs(0.99) / 99).toBeCloseTo(1, 2)
  expect(times.meanMs).toBeCloseTo(50, 0)
  expect(new LatencyHistogram().quantileMs(0.5)).toBe(0)
})

describe('the organisation that the console is measured with', () => {
  test.each<[Shape, number, number]>([
    ['deep', 1111, 4],
    ['flat', 1, 1],
  ])('is %s: %i departments, in %i levels, with a head each', (shape, size, levels) => {
    const { departments, people } = largeOrganisation(20_000, shape, new Date(0))
    expect(people).toHaveLength(20_000)
    expect(departments).toHaveLength(size)
    const depths = new Map<string | null, number>([[null, 0]])
    for (const { department_id, parent_id } of departments)
      depths.set(department_id, 1 + (depths.get(parent_id) ?? Number.NaN))
    expect(Math.max(...depths.values())).toBe(levels)
    const known = new Set<string | null>([null])
    for (const { department_id, employee_id, manager_id } of people) {
      // In the order in which they can be put into the table.
      expect(known.has(manager_id) && depths.has(department_id)).toBe(true)
      known.add(employee_id)
    }
    expect(people.filter(({ manager_id }) => manager_id === null)).toHaveLength(1)
    expect(new Set(people.map(({ name }) => name)).size).toBeGreaterThan(5000)
  })
})

describe('what a page went through', () => {
  const MAIN = { name: 'thread_name', pid: 7, tid: 1, args: { name: 'CrRendererMain' } }
  const task = (tid: number, ms: number, cpuMs: number) => {
    const [dur, tdur] = [ms * 1000, cpuMs * 1000]
    return { name: 'ThreadControllerImpl::RunTask', pid: 7, tid, dur, tdur }
  }

  test('is counted on the main thread, in time and in CPU time', () => {
    const traceEvents = [task(1, 120, 40), MAIN, task(1, 60, 55), task(1, 30, 20), task(2, 900, 900)]
    expect(tasksIn({ traceEvents })).toEqual({ count: 2, sumMs: 180, longestMs: 120, longestCpuMs: 55 })
  })

  test('is told with its target, and whether that is met', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(spread([1200, 900, 1000], 'ms')).toBe('1000 ms (900–1200)')
    const target = { text: '< 1500 ms', isMet: false }
    expect(figureRow({ what: 'opens', measured: '2000 ms', target })).toEqual([
      'opens',
      '2000 ms',
      '< 1500 ms',
      '**not met**',
    ])
    expect(figureRow({ what: 'more', measured: '1' })).toEqual(['more', '1', '', ''])
  })
})

describe('a run is invalid', () => {
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  /** A server for one sender (`emp_a_bench_1`) and one receiver that answers with `code` and delivers `copies` times. */
  const serve = (code: number, copies: (message: number) => number): Promise<number> => {
    const inboxes = new Map<string, (packet: Buffer) => void>()
    let messages = 0
    const server = createServer({ noDelay: true }, (socket) => {
      const view = new PublishView()
      const reader = new PacketReader((header, buffer, start, end) => {
        const type = header >> 4
        if (type === PacketType.connect) socket.write(encodeConnack(false, 0))
        if (type === PacketType.subscribe) {
          const receiver = buffer.includes('emp_b') ? 'receiver' : 'sender'
          inboxes.set(receiver, (packet) => socket.write(packet))
          socket.write(encodeSuback(readUint16(buffer, start), [1, 1]))
        }
        if (type !== PacketType.publish) return
        view.read(header, buffer, start, end)
        const seqId = buffer.toString('utf8', view.topicStart, view.topicEnd).split('/').at(-1)
        const text = Buffer.from(buffer.subarray(view.payloadStart, end))
        const times = copies(messages++)
        for (let copy = 0; copy < times; copy++)
          inboxes.get('receiver')?.(encodePublish('mchat/inbox/emp_b', text, 1, 1))
        socket.write(encodePuback(view.packetId))
        const answer = Buffer.from(JSON.stringify({ seq_id: seqId, code, message: '', data: null }))
        socket.write(encodePublish(`mchat/msg/resp/emp_a_bench_1/${seqId}`, answer, 1, 2))
      })
      socket.on('data', (chunk) => reader.feed(chunk))
      socket.on('error', () => socket.destroy())
      stops.push(() => socket.destroy())
    })
    stops.push(() => server.close())
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  }

  const run = (port: number) =>
    new LoadRun({
      kind: 'load',
      port,
      cleanSessions: true,
      serverPids: [process.pid],
      devices: ['emp_a', 'emp_b'].map((employeeId) => ({ employeeId, clientId: `${employeeId}_bench_1` })),
      senders: 1,
      window: 4,
      textBytes: 200,
      warmUpMs: 50,
      measureMs: 100,
      drainMs: 300,
    }).execute()

  test('not when everything arrives once', async () => {
    const figures = await run(await serve(0, () => 1))
    expect(figures.faults).toEqual([])
    expect(figures.acked).toBeGreaterThan(0)
  })

  test('when a delivery is missing', async () => {
    const { faults } = await run(await serve(0, (message) => (message === 3 ? 0 : 1)))
    expect(faults).toEqual(['missing deliveries'])
  })

  test('when a doubled delivery hides a missing one', async () => {
    const { faults } = await run(await serve(0, (message) => (message === 3 ? 0 : message === 4 ? 2 : 1)))
    expect(faults).toEqual(['missing deliveries', 'doubled deliveries'])
  })

  test('when a request is refused', async () => {
    const { faults, acked } = await run(await serve(503, () => 1))
    expect(faults.join()).toContain('× refused: {"code":503')
    expect(acked).toBe(0)
  })
})

test('a quick run on the null targets gives valid rows', async () => {
  const options = parseOptions(['--quick', '--targets', 'sink,null-aedes', '--only', '16x32,group50,idle,start'])
  const measurements = await runSuite(options, () => undefined)
  const summaries = summarize(measurements, options.scenarios, ['sink', 'null-aedes'], 'null-aedes')
  expect(summaries.flatMap((summary) => summary.faults)).toEqual([])
  expect(summaries).toHaveLength(8)
  for (const { medians } of summaries) {
    const values = Object.values(medians ?? {}).filter((value) => typeof value === 'number')
    expect(values.length).toBeGreaterThan(0)
    expect(values.every(Number.isFinite)).toBe(true)
  }
  for (const table of tablesOf(summaries, 'null-aedes')) expect(toMarkdown(table)).not.toContain('INVALID')
  expect(judgeBudgets(summaries, 'mchat').every((budget) => budget.firstMet === 'not measured')).toBe(true)
})
