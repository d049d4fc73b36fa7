import type { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import type { Config } from '../../config.ts'
import { newUuid } from '../../platform/random.ts'
import { UserError } from '../../platform/user-error.ts'

export interface AwsConnectionsOptions {
  /** Of the data plane: scheme, host and port. */
  readonly url: string
  readonly region: string
  /** Default: whatever the SDK finds, such as the role of the machine. */
  readonly accessKey?: { readonly id: string; readonly secret: string }
}

const TIMEOUT_MS = 4000
const NOT_CONNECTED = 'ResourceNotFoundException'
/** Of the SDK, which has looked everywhere. */
const NO_KEY = 'CredentialsProviderError'
/** To somebody AWS does not know, or who may not do this. */
const REFUSED_STATUS = [401, 403]

/** Ends connections to AWS IoT Core, through `DeleteConnection` of its data plane. */
export class AwsConnections {
  readonly #options: AwsConnectionsOptions
  #client: Promise<IoTDataPlaneClient> | undefined
  #problem: string | undefined

  constructor(options: AwsConnectionsOptions) {
    this.#options = options
  }

  /** Why it cannot be used, as far as the last call tells; no ids in it. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** @throws UserError with one sentence when it cannot be used */
  async answers(): Promise<void> {
    try {
      await this.end(`mchat_start_${newUuid().slice(0, 8)}`)
    } catch (cause) {
      const { url } = this.#options
      const reason = reasonOf(cause)
      const what = `The data plane of AWS IoT Core at ${url}`
      if (REFUSED_STATUS.includes(statusOf(cause) ?? 0)) {
        throw new UserError(`${what} does not let this gateway use iot:DeleteConnection (${reason}).`, { cause })
      }
      if (reason === NO_KEY) {
        throw new UserError(
          `${what} needs an access key: set MCHAT_BROKER_API_KEY and MCHAT_BROKER_API_SECRET, or give the machine a role.`,
          { cause },
        )
      }
      throw new UserError(`${what} cannot be used (${reason}); check MCHAT_BROKER_API_URL.`, { cause })
    }
  }

  /**
   * Ends the connection of a client_id with its session and everything queued, without its will.
   * @returns false: it was not connected; a session that waits for it may be there all the same
   */
  async end(clientId: string): Promise<boolean> {
    const { DeleteConnectionCommand } = await import('@aws-sdk/client-iot-data-plane')
    this.#client ??= this.#open()
    const client = await this.#client
    const command = new DeleteConnectionCommand({ clientId, cleanSession: true, preventWillMessage: true })
    try {
      await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) })
    } catch (error) {
      const reason = reasonOf(error)
      if (reason !== NOT_CONNECTED) {
        this.#problem = `The data plane of AWS IoT Core cannot be used: ${reason}.`
        throw error
      }
      this.#problem = undefined
      return false
    }
    this.#problem = undefined
    return true
  }

  async close(): Promise<void> {
    const client = await this.#client
    client?.destroy()
  }

  /** Loaded when it is needed: nobody else is to pay for AWS' SDK at the start. */
  async #open(): Promise<IoTDataPlaneClient> {
    const { IoTDataPlaneClient } = await import('@aws-sdk/client-iot-data-plane')
    const { accessKey, region, url } = this.#options
    return new IoTDataPlaneClient({
      endpoint: url,
      region,
      ...(accessKey === undefined
        ? {}
        : { credentials: { accessKeyId: accessKey.id, secretAccessKey: accessKey.secret } }),
    })
  }
}

const statusOf = (error: unknown): number | undefined =>
  (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode

/** The name that AWS gave it; the SDK's own message where AWS was not reached. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'Error' ? error.message : error.name
}

/** As the configuration says where it is and who the gateway is to it. */
export const openAwsConnections = ({
  apiKey,
  apiSecret,
  apiUrl = '',
  region = '',
}: Config['broker']): AwsConnections => {
  const accessKey = apiKey === undefined || apiSecret === undefined ? undefined : { id: apiKey, secret: apiSecret }
  return new AwsConnections({ url: apiUrl, region, ...(accessKey === undefined ? {} : { accessKey }) })
}
