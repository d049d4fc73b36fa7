import { REGION } from './aws-iot/account.ts'
import type { Authorizer } from './aws-iot/authorizer.ts'
import { Broker } from './aws-iot/broker.ts'
import { DataPlane } from './aws-iot/data-plane.ts'
import { DEFAULT_QUOTAS, type Quotas } from './aws-iot/quotas.ts'

export type { Authorizer, AuthorizerContext, AuthorizerEvent } from './aws-iot/authorizer.ts'
export type { Quotas } from './aws-iot/quotas.ts'

export interface AwsIotServer extends AsyncDisposable {
  readonly port: number
  /** Without TLS, which AWS IoT Core always has. */
  readonly url: string
  /** What gateways are told in MCHAT_BROKER_*. */
  readonly api: {
    readonly apiUrl: string
    readonly apiKey: string
    readonly apiSecret: string
    readonly region: string
  }
  readonly dataPlane: DataPlane
  readonly broker: Broker
}

export interface AwsIotStart {
  /** Where the account has others than the usual ones. */
  readonly quotas?: Partial<Quotas>
}

/**
 * A stand-in for AWS IoT Core, made from its developer guide, for machines that are no part of AWS:
 * it shows that the gateway keeps to what is written there, not that AWS does.
 *
 * It asks the custom authorizer as AWS does, looks at the policy at every CONNECT, PUBLISH, SUBSCRIBE and delivery, keeps
 * to the quotas, and refuses whatever it does not know. Where the documents leave several outcomes open it takes the one
 * that is worst for its clients. It does not look at keep alive times.
 * @param authorizer the Lambda function's handler
 */
export const startAwsIot = async (authorizer: Authorizer, options: AwsIotStart = {}): Promise<AwsIotServer> => {
  const broker = new Broker(authorizer, { ...DEFAULT_QUOTAS, ...options.quotas })
  const credentials = { accessKeyId: 'AKIAMCHATGATEWAY', secretAccessKey: 'the secret of the access key' }
  const dataPlane = new DataPlane(broker, credentials)
  const port = await broker.listen()
  const apiUrl = `http://127.0.0.1:${await dataPlane.listen()}`
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    api: { apiUrl, apiKey: credentials.accessKeyId, apiSecret: credentials.secretAccessKey, region: REGION },
    dataPlane,
    broker,
    async [Symbol.asyncDispose]() {
      await broker.close()
      await dataPlane.close()
    },
  }
}
