import { describe, expect, test } from 'vitest'
import { fixedSession } from '#src/link/intake-policy.ts'
import { MqttLink } from '#src/link/mqtt.ts'
import { silentLog } from '#src/ops/log.ts'
import { createTopics } from '../../../schema/src/index.ts'
import { hasMosquitto, startMosquitto } from '../../../tests/kit/mosquitto.ts'
import { startTcpProxy } from '../../../tests/kit/tcp-proxy.ts'

const missing = hasMosquitto() ? '' : ' (skipped: Mosquitto is not installed)'

describe.skipIf(missing !== '')(`a gateway whose broker has fallen silent${missing}`, () => {
  test('notices it though it goes on publishing, and is back when the broker is', async () => {
    await using broker = await startMosquitto({ strict: false })
    await using proxy = await startTcpProxy(broker.port)
    const link = new MqttLink({
      endpoint: { url: `mqtt://127.0.0.1:${proxy.port}`, protocolVersion: 5 },
      topics: createTopics(),
      instance: 'one',
      policy: fixedSession('mchat_gateway_1'),
      outClientIds: ['mchat_out'],
      concurrentRequests: 16,
      log: silentLog,
    })
    await using stack = new AsyncDisposableStack()
    stack.defer(() => link.abandon())
    await link.start(async () => undefined)
    const publish = (): Promise<boolean> =>
      link.publish('mchat/inbox/ann', Buffer.from('{}'), { qos: 1 }).then(
        () => true,
        () => false,
      )
    proxy.freeze()
    const publishing = setInterval(() => void publish(), 500)
    stack.defer(() => clearInterval(publishing))
    // Both connections: the one that takes requests is quiet, the other one is not.
    await expect.poll(publish).toBe(false)
    await expect.poll(() => link.notReady()).toBeDefined()
    proxy.thaw()
    await expect.poll(publish).toBe(true)
    await expect.poll(() => link.notReady()).toBeUndefined()
  })
})
