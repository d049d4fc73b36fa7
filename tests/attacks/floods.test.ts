import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { LIMITS } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { connectPacket, field, packet, subscribePacket, varint } from '../kit/raw-packets.ts'
import { chatWhile, connectRaw, expectAlive, newCanary } from './attacker.ts'
import { openRaw, TRANSPORTS } from './transports.ts'

const SUBSCRIPTIONS = 600
let gateway: TestGateway
let alice: Device
let bob: Device
beforeAll(async () => {
  gateway = await startGateway({
    config: { limits: { connectTimeoutSeconds: 2, subscriptionsPerClient: SUBSCRIPTIONS } },
  })
})
beforeEach(async () => {
  alice = await (await gateway.hire()).connect()
  bob = await (await gateway.hire()).connect()
})
afterEach(() => expectAlive(alice, bob))
afterAll(() => gateway[Symbol.asyncDispose]())

describe.each(TRANSPORTS)('T17 over %s', (transport) => {
  test('requests up to the limit are read, larger ones answered 413, and packets past theirs end the connection', async () => {
    const eve = await gateway.hire()
    const { topics } = gateway
    const frame = '{"action":"config.server","x":""}'
    const request = (bytes: number): string => `{"action":"config.server","x":"${'x'.repeat(bytes - frame.length)}"}`
    const sizes: readonly (readonly [number, number | undefined])[] = [
      [LIMITS.requestBytes, 0],
      [LIMITS.requestBytes + 1, 413],
      [LIMITS.packetBytes - 200, 413],
      [LIMITS.packetBytes + 1, undefined],
      [1024 * 1024, undefined],
      [20 * 1024 * 1024, undefined],
    ]
    for (const [bytes, code] of sizes) {
      await using raw = await connectRaw(gateway, eve, { transport })
      await raw.subscribe(topics.responses(raw.clientId))
      await raw.publish({ topic: topics.request(raw.clientId, 's1'), payload: request(bytes), qos: 1 })
      if (code === undefined) {
        await raw.closed
        expect(raw.publishes).toEqual([])
      } else {
        const answer = await raw.nextPublish()
        expect(JSON.parse(answer?.payload.toString() ?? '{}').code).toBe(code)
      }
    }
  })

  test('the largest length there is, written byte by byte, is not waited for', async () => {
    const eve = await gateway.hire()
    await using raw = await connectRaw(gateway, eve, { transport })
    const before = process.memoryUsage().rss
    for (const byte of Buffer.concat([Buffer.from([0x32]), varint(268_435_455)])) {
      await raw.write(Buffer.from([byte]))
      await sleep(5)
    }
    await raw.closed
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  })

  test('packets that end early, or have fields that are longer than they are, do no harm', async () => {
    const eve = await gateway.hire()
    const broken = [
      packet(0x82, Buffer.concat([Buffer.from([0, 1]), Buffer.from([0xff, 0xff])])),
      packet(0x82, Buffer.from([0, 1])),
      packet(0x82, Buffer.concat([Buffer.from([0, 1]), field('x'), Buffer.from([3])])),
      packet(0x80, Buffer.concat([Buffer.from([0, 1]), field('x'), Buffer.from([1])])),
      packet(0x36, Buffer.concat([field('x'), Buffer.from([0, 1])])),
      packet(0x32, field('x')),
      packet(0x30, Buffer.from([0xff, 0xff, 0x61])),
      packet(0x00, Buffer.alloc(0)),
      packet(0xf0, Buffer.alloc(0)),
      packet(0x20, Buffer.from([0, 0])),
      packet(0x90, Buffer.from([0, 1, 0])),
      packet(0x40, Buffer.alloc(1)),
      packet(0x62, Buffer.alloc(0)),
      packet(0xa2, Buffer.from([0, 1])),
      Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ]
    for (const bytes of broken) {
      await using raw = await connectRaw(gateway, eve, { transport })
      await raw.write(bytes)
      await raw.ping().catch(() => false)
      expect(raw.publishes).toEqual([])
    }
  })

  test('T66: half-open and slow connections are ended, and a login in between works', async () => {
    const eve = await gateway.hire()
    const idle = await Promise.all(Array.from({ length: 200 }, () => openRaw(gateway, transport)))
    const slow = await Promise.all(Array.from({ length: 50 }, () => openRaw(gateway, transport)))
    const connect = connectPacket({ clientId: eve.clientId(), username: eve.id, password: eve.secret })
    let isOver = false
    const trickle = Promise.all(
      slow.map(async (raw) => {
        for (const byte of connect) {
          if (isOver || raw.isClosed) return
          await raw.write(Buffer.from([byte]))
          await sleep(200)
        }
      }),
    )
    await using legitimate = await connectRaw(gateway, eve, { transport, device: 'real' })
    expect(await legitimate.ping()).toBe(true)
    await Promise.all([...idle, ...slow].map((raw) => raw.closed))
    isOver = true
    await trickle
    expect(legitimate.isClosed).toBe(false)
  })

  test('T69: subscriptions have an end, one by one and all at once', async () => {
    for (const clean of [true, false]) {
      const eve = await gateway.hire()
      await using raw = await connectRaw(gateway, eve, { transport, clean })
      const filter = (i: number): string => gateway.topics.status(`e${i}`)
      await chatWhile(
        alice,
        bob,
        (async () => {
          let granted = 0
          for (let i = 0; i < 3000; i += 1000) {
            await raw.write(
              subscribePacket(
                Array.from({ length: 1000 }, (_, at) => filter(i + at)),
                1,
              ),
            )
            granted += (await raw.next('suback'))?.body.subarray(2).filter((code) => code < 128).length ?? 0
          }
          expect(granted).toBe(SUBSCRIPTIONS)
          for (let i = 3000; i < 3500; i++) expect(await raw.subscribe(filter(i))).toEqual([128])
        })(),
        20,
      )
      // What it has can be given back for something else.
      await raw.write(packet(0xa2, Buffer.concat([Buffer.from([0, 9]), field(filter(0))])))
      await raw.next('unsuback')
      expect(await raw.subscribe(filter(9999), filter(9998))).toEqual([1, 128])
    }
  })
})

test('T67: a subscriber that reads nothing costs a bounded amount of memory, and the others nothing', async () => {
  const eve = await gateway.hire()
  const topic = gateway.topics.inbox(eve.id)
  const mute: Socket[] = []
  for (const clean of [true, false]) {
    const socket = createConnection({ host: '127.0.0.1', port: gateway.mqttPort })
    await once(socket, 'connect')
    const clientId = eve.clientId(`mute${clean ? 1 : 0}`)
    socket.write(connectPacket({ clientId, username: eve.id, password: eve.secret, clean }))
    socket.write(subscribePacket([{ filter: topic, qos: clean ? 0 : 1 }]))
    await once(socket, 'data')
    socket.pause()
    socket.on('error', () => undefined)
    mute.push(socket)
  }
  await expectAlive(alice, bob)
  const before = process.memoryUsage().rss
  let highest = before
  const content = 'x'.repeat(LIMITS.contentBytes - 2)
  const pour = async (): Promise<void> => {
    for (let sent = 0; sent < 100 * 1024 * 1024; ) {
      const batch = Array.from({ length: 20 }, () =>
        bob.request('msg.send_private', { to_employee_id: eve.id, content }),
      )
      for (const { code } of await Promise.all(batch)) if (code === 0) sent += content.length
      highest = Math.max(highest, process.memoryUsage().rss)
    }
  }
  expect(await chatWhile(alice, bob, pour(), 20)).toBeGreaterThan(0)
  // The queue of one session (32 MiB) and what the test itself holds of its own requests.
  console.log('MiB', (highest - before) / 1024 / 1024)
  expect((highest - before) / 1024 / 1024).toBeLessThan(150)
  for (const socket of mute) socket.destroy()
})

test('a WebSocket on another path, without the protocol, or with frames that are too large gets nowhere', async () => {
  for (const path of ['/', '/mqtt/', '/mqttx', '//mqtt', '/MQTT']) {
    const webSocket = new WebSocket(`ws://127.0.0.1:${gateway.httpPort}${path}`, 'mqtt')
    webSocket.on('error', () => undefined)
    const [, response] = await once(webSocket, 'unexpected-response')
    expect(response.statusCode, path).toBe(404)
    webSocket.terminate()
  }
  const large = new WebSocket(`ws://127.0.0.1:${gateway.httpPort}/mqtt`, 'mqtt')
  await once(large, 'open')
  large.on('error', () => undefined)
  large.send(Buffer.alloc(2 * 1024 * 1024))
  await once(large, 'close')
  const text = new WebSocket(`ws://127.0.0.1:${gateway.httpPort}/mqtt`, 'mqtt')
  await once(text, 'open')
  text.send(`\u0010\u0002${newCanary()}`)
  await once(text, 'close')
})
