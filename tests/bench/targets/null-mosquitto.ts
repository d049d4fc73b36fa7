/**
 * The ceiling that a gateway on Mosquitto is judged by: the same library and the same two connections with nothing checked.
 * A request is delivered, answered, and acknowledged when the broker has both.
 */
import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt'
import { writeToStream } from 'mqtt-packet'
import { answerTo, deliveryTopicOf, responseTopicOf } from './null-relay.ts'

const [url = '', username = '', password = ''] = process.argv.slice(2)

const open = async (clientId: string, onRequest?: (client: MqttClient, packet: IPublishPacket) => void) => {
  const client = mqtt.connect(url, {
    username,
    password,
    clientId,
    protocolVersion: 5,
    clean: true,
    reconnectPeriod: 0,
  })
  if (onRequest !== undefined) {
    client.handleMessage = (packet, next) => {
      onRequest(client, packet as IPublishPacket)
      next(new Error('acknowledged later'))
    }
  }
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
  })
  ;(client.stream as unknown as { setNoDelay(): void }).setNoDelay()
  return client
}

const out = await open('mchat_out_null')
const publish = (topic: string, payload: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    out.publish(topic, payload, { qos: 1 }, (error) => (error ? reject(error) : resolve()))
  })

const intake = await open('mchat_gateway_null', (client, { messageId, payload, topic }) => {
  const deliveryTopic = Buffer.isBuffer(payload) ? deliveryTopicOf(payload) : undefined
  if (deliveryTopic === undefined) return
  void publish(deliveryTopic, payload as Buffer)
    .then(() => publish(responseTopicOf(topic), answerTo(topic)))
    .then(() => {
      if (messageId === undefined) return
      writeToStream({ cmd: 'puback', messageId, reasonCode: 0 }, client.stream, { protocolVersion: 5 })
    })
})
await intake.subscribeAsync('$share/gateway/mchat/msg/req/+/+', { qos: 1 })

process.once('SIGTERM', () => process.exit(0))
console.log(`port ${new URL(url).port}`)
