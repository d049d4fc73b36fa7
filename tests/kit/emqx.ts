import type { HookTarget } from './emqx/authorisation.ts'
import { Broker } from './emqx/broker.ts'
import { RestApi } from './emqx/rest-api.ts'

export interface EmqxServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** What gateways are told in MCHAT_BROKER_*. */
  readonly api: { readonly apiUrl: string; readonly apiKey: string; readonly apiSecret: string }
  readonly rest: RestApi
  readonly broker: Broker
}

export interface EmqxStart {
  /** Sessions of clients that are away are on the disk, and have no process (`durable_sessions`). */
  readonly durable?: boolean
}

/**
 * A stand-in for EMQX 5, made from its documentation and source at v5.8, for machines that have
 * none: it shows that the driver keeps to what is written there, not that EMQX does.
 *
 * It asks the gateway as EMQX asks, remembers the answers for a while, looks at rights at PUBLISH and SUBSCRIBE only, does
 * what the REST API is told after it has answered, and refuses whatever it does not know.
 * @param hook the gateway that it asks; may not listen yet
 */
export const startEmqx = async (hook: HookTarget, { durable = false }: EmqxStart = {}): Promise<EmqxServer> => {
  const api = { apiKey: 'mchat', apiSecret: 'the secret of the API key' }
  const broker = new Broker(hook, durable)
  const rest = new RestApi(broker, api.apiKey, api.apiSecret)
  const port = await broker.listen()
  const apiUrl = `http://127.0.0.1:${await rest.listen()}`
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    api: { ...api, apiUrl },
    rest,
    broker,
    async [Symbol.asyncDispose]() {
      await broker.close()
      await rest.close()
    },
  }
}
