import { MqttLink } from '../../gateway/src/link/mqtt.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { ownerOf } from '../../schema/src/index.ts'
import { startMosquitto } from '../kit/mosquitto.ts'
import { RawClient } from '../kit/raw-client.ts'
import { type LinkBench, topics } from './link.ts'

/** A link to a Mosquitto that lets everybody do everything: rights are the concern of the access. */
export const openMosquittoLinkBench = (protocolVersion: 4 | 5) => async (): Promise<LinkBench> => {
  const mosquitto = await startMosquitto()
  const links: MqttLink[] = []
  const openLink = (): MqttLink => {
    const link = new MqttLink({
      endpoint: { url: mosquitto.url, protocolVersion },
      topics,
      intake: { clientId: 'mchat_gateway_1', clean: false, sessionExpirySeconds: 3600 },
      outClientId: `mchat_gateway_1_out_${links.length}`,
      concurrentRequests: 256,
      vouches: true,
      log: silentLog,
    })
    links.push(link)
    return link
  }
  let link = openLink()
  return {
    get link() {
      return link
    },
    leavesOut: false,
    acknowledgesAtOnce: true,
    failStore: undefined,
    async crash() {
      link.abandon()
      link = openLink()
    },
    async connect(clientId, { clean = true, acknowledges = true } = {}) {
      const raw = await RawClient.open(mosquitto.port, { acknowledges })
      const code = await raw.connect({ clientId, username: ownerOf(clientId), password: 'x', clean })
      if (code !== 0) throw new Error(`${clientId} was refused with ${code}.`)
      return raw
    },
    async [Symbol.asyncDispose]() {
      for (const opened of links) opened.abandon()
      await mosquitto[Symbol.asyncDispose]()
    },
  }
}
