import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import type { Config } from '../config.ts'
import type { Log } from '../ops/log.ts'

export interface S3Timeouts {
  /** To be connected. */
  readonly connectMs: number
  /** For an answer, tries that failed included. */
  readonly answerMs: number
  /** At most, for what takes longer the larger it is: a copy, the end of an upload in parts; or a part, on a slow line. */
  readonly wholeMs: number
  /** Without a byte on its way, while bytes are sent. */
  readonly silenceMs: number
}

export const S3_TIMEOUTS: S3Timeouts = { connectMs: 3000, answerMs: 10_000, wholeMs: 300_000, silenceMs: 10_000 }

const ATTEMPTS = 3
const TRANSFER_ATTEMPTS = 2
/** As many as a gateway has requests at once: one that waits for a socket counts as one that cannot connect. */
const SOCKETS = 512

export interface S3Clients {
  /** For everything that is short; whoever sends has an eye on the time. */
  readonly client: S3Client
  /** For bytes. */
  readonly transfer: S3Client
}

/** Of the endpoint that the gateway itself uses. */
export const openS3Clients = (config: Config['storage'], timeouts: S3Timeouts, log: Log): S3Clients => {
  const { accessKeyId, endpoint, pathStyle, region, secretAccessKey } = config
  const sockets = { maxSockets: SOCKETS }
  const handler = {
    connectionTimeout: timeouts.connectMs,
    httpAgent: sockets,
    httpsAgent: sockets,
    logger: loggerOf(log),
  }
  const common: S3ClientConfig = {
    region,
    forcePathStyle: pathStyle,
    // Signed addresses lead where the settings say; what the gateway asks must not go elsewhere by a variable of AWS.
    ignoreConfiguredEndpointUrls: true,
    // Checksums that are not asked for are more than some stores understand.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // It costs a connection of its own, and seconds where the store does not know it.
    expectContinueHeader: false,
    ...(endpoint === undefined ? {} : { endpoint }),
  }
  const client = new S3Client({
    ...common,
    maxAttempts: ATTEMPTS,
    requestHandler: handler,
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  })
  const transfer = new S3Client({
    ...common,
    maxAttempts: TRANSFER_ATTEMPTS,
    requestHandler: { ...handler, socketTimeout: timeouts.silenceMs },
    credentials: () => client.config.credentials(),
  })
  return { client, transfer }
}

/** The SDK writes to the console otherwise. */
const loggerOf = (log: Log) => {
  const warn = (text: unknown): void => log.warn({ detail: String(text) }, 'the object store is busy')
  return { debug: () => undefined, info: () => undefined, warn, error: warn }
}
