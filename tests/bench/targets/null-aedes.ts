/**
 * The ceiling that the embedded broker is judged by: aedes on its default memory store with a null gateway in the same
 * process. A request is taken in `authorizePublish`, delivered by `broker.publish`, and answered straight to the
 * requester's own connection when the delivery has been stored and written. Nothing is checked, nothing is parsed.
 */
import { createServer } from 'node:net'
import { Aedes, type Client } from 'aedes'
import { writeToStream } from 'mqtt-packet'
import { answerTo, deliveryTopicOf, isRequestTopic, responseTopicOf } from './null-relay.ts'

/** aedes counts a connection's packet ids itself; a response that bypasses it must not take one that is in use. */
type CountingClient = Client & { _nextId: number }

const takePacketId = (client: CountingClient): number => {
  const id = client._nextId
  client._nextId = id >= 65_535 ? 1 : id + 1
  return id
}

const respond = (client: CountingClient, requestTopic: string): void => {
  if (!client.connected) return
  writeToStream(
    {
      cmd: 'publish',
      topic: responseTopicOf(requestTopic),
      payload: answerTo(requestTopic),
      qos: 1,
      messageId: takePacketId(client),
      dup: false,
      retain: false,
    },
    client.conn,
  )
}

const broker = await Aedes.createBroker({
  maxClientsIdLength: 128,
  authorizePublish: (client, packet, done) => {
    const { topic, payload } = packet
    const deliveryTopic =
      client !== null && isRequestTopic(topic) && Buffer.isBuffer(payload) ? deliveryTopicOf(payload) : undefined
    if (client === null || deliveryTopic === undefined) return done(null)
    broker.publish({ cmd: 'publish', topic: deliveryTopic, payload, qos: 1, dup: false, retain: false }, (error) => {
      if (error === undefined || error === null) respond(client as CountingClient, topic)
      done(error ?? null)
    })
  },
})

process.once('SIGTERM', () => process.exit(0))
const server = createServer({ noDelay: true }, broker.handle)
server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, () => {
  const address = server.address()
  if (typeof address === 'object') console.log(`port ${address?.port}`)
})
