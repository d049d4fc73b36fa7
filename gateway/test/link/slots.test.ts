import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { IntakeSession } from '#src/link/intake.ts'
import type { IntakePolicy } from '#src/link/intake-policy.ts'
import type { IncomingRequest } from '#src/link/link.ts'
import { MqttLink } from '#src/link/mqtt.ts'
import { silentLog } from '#src/ops/log.ts'
import { createTopics } from '../../../schema/src/index.ts'
import { hasMosquitto, type MosquittoServer, startMosquitto } from '../../../tests/kit/mosquitto.ts'
import { RawClient } from '../../../tests/kit/raw-client.ts'
import { unsubscribePacket } from '../../../tests/kit/raw-packets.ts'

const topics = createTopics()
const missing = hasMosquitto() ? '' : ' (skipped: Mosquitto is not installed)'

const sessionOf = (slot: number): IntakeSession => ({
  clientId: `mchat_gateway_${slot}`,
  clean: false,
  sessionExpirySeconds: 3600,
})

describe.skipIf(missing !== '')(`a gateway whose slots may be another's by now${missing}`, () => {
  let broker: MosquittoServer
  let opened: AsyncDisposableStack
  beforeEach(async () => {
    opened = new AsyncDisposableStack()
    broker = opened.use(await startMosquitto({ strict: false }))
  })
  afterEach(() => opened.disposeAsync())

  const openLink = (policy: Partial<IntakePolicy>): MqttLink => {
    const link = new MqttLink({
      endpoint: { url: broker.url, protocolVersion: 5 },
      topics,
      instance: 'one',
      policy: {
        take: async () => [sessionOf(1)],
        mayConnect: () => true,
        isOwn: async () => true,
        takes: async () => undefined,
        mayLeave: async () => true,
        giveBack: async () => undefined,
        takeAbandoned: async () => undefined,
        ...policy,
      },
      outClientIds: ['mchat_out'],
      concurrentRequests: 16,
      log: silentLog,
    })
    opened.defer(() => link.abandon())
    return link
  }

  const connect = async (clientId: string): Promise<RawClient> => {
    const raw = opened.use(await RawClient.open(broker.port))
    expect(await raw.connect({ clientId, username: 'x', password: 'x', clean: false })).toBe(0)
    return raw
  }

  test('does not end a session that was given to another one while this one stood still', async () => {
    await using owner = await connect('mchat_gateway_2')
    await owner.subscribe(topics.sharedRequests)
    const asked = Promise.withResolvers<void>()
    let left = [sessionOf(2)]
    const link = openLink({
      takeAbandoned: async () => left.splice(0)[0],
      async isOwn(session) {
        asked.resolve()
        return session.clientId !== 'mchat_gateway_2'
      },
    })
    await link.start(async () => undefined)
    await asked.promise
    left = []
    const again = await connect('mchat_gateway_2')
    const [connack] = again.packets
    expect(connack?.body[0], 'the session is still there').toBe(1)
  })

  test('goes on taking requests when the database was away at the moment it asked', async () => {
    const answers: (() => boolean)[] = [
      () => {
        throw new Error('the database is away')
      },
      () => false,
    ]
    const taken = [sessionOf(1), sessionOf(3)]
    const link = openLink({
      take: async () => [taken.shift() ?? sessionOf(9)],
      isOwn: async () => answers.shift()?.() ?? true,
    })
    const requests: IncomingRequest[] = []
    await link.start(async (request) => void requests.push(request))
    await link.resume()
    await expect.poll(() => link.notReady()).toBeUndefined()
    // The session it had is another's, which has left with its share of the requests.
    const successor = await connect('mchat_gateway_1')
    await successor.write(unsubscribePacket([topics.sharedRequests]))
    await successor.next('unsuback')
    const ann = await connect('ann_web_1')
    await ann.publish({ topic: topics.request('ann_web_1', 's1'), payload: '{}', qos: 1, packetId: 1 })
    await expect.poll(() => requests.map(({ topic }) => topic)).toEqual([topics.request('ann_web_1', 's1')])
    expect(taken).toEqual([])
  })
})
