import { once } from 'node:events'
import { createWebSocketStream, WebSocket } from 'ws'
import type { TestGateway } from '../kit/gateway.ts'
import { RawClient } from '../kit/raw-client.ts'

export const TRANSPORTS = ['tcp', 'websocket'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** A connection for hand-made packets to the gateway's MQTT port, or to `/mqtt` of its HTTP port. */
export const openRaw = async (
  gateway: TestGateway,
  transport: Transport,
  options: { readonly acknowledges?: boolean } = {},
): Promise<RawClient> => {
  if (transport === 'tcp') return await RawClient.open(gateway.mqttPort, options)
  const webSocket = new WebSocket(`ws://127.0.0.1:${gateway.httpPort}/mqtt`, 'mqtt')
  await once(webSocket, 'open')
  const stream = createWebSocketStream(webSocket)
  // The stream itself waits for us to end it when the other side has.
  webSocket.once('close', () => stream.destroy())
  return new RawClient(stream, options)
}
