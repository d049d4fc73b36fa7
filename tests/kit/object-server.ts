import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConfigOverrides } from '../../gateway/src/config.ts'
import {
  createEmbeddedStore,
  credentialsOf,
  EMBEDDED_BUCKET,
  type EmbeddedStore,
} from '../../gateway/src/objects/embedded-store.ts'
import { type Log, silentLog } from '../../gateway/src/ops/log.ts'
import type { Clock } from '../../gateway/src/platform/clock.ts'
import { testKeys } from './keys.ts'
import { tempDirectory } from './temp-directory.ts'
import { createTestClock } from './test-clock.ts'

export interface ObjectServer extends AsyncDisposable {
  /** The store itself, as a gateway has it. */
  readonly store: EmbeddedStore
  readonly directory: string
  /** Of its face to the network, without the bucket. */
  readonly url: string
  /** The key that it is signed with. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** What makes a gateway keep its files here. */
  readonly settings: ConfigOverrides['storage'] & object
  readonly environment: Readonly<Record<string, string>>
  /** Ends every connection and listens no more; `comeBack` listens on the same port again. */
  leave(): Promise<void>
  comeBack(): Promise<void>
}

export interface ObjectServerOptions {
  readonly clock?: Clock
  readonly perOwner?: number
  readonly total?: number
  readonly allowedOrigin?: string
  /** Stays. Default: a temporary one. */
  readonly directory?: string
  readonly log?: Log
}

/** The embedded object store alone, on a port of its own. */
export const startObjectServer = async (options: ObjectServerOptions = {}): Promise<ObjectServer> => {
  await using stack = new AsyncDisposableStack()
  const directory = options.directory ?? stack.use(await tempDirectory('mchat-objects-')).path
  const keys = testKeys()
  const credentials = credentialsOf(keys.current)
  let port = 0
  const publicUrl = (): string => `http://127.0.0.1:${port}`
  const store = await createEmbeddedStore({
    directory,
    quotas: { perOwner: options.perOwner ?? 1024 ** 4, total: options.total ?? 1024 ** 4 },
    keys,
    publicUrl,
    isAllowedOrigin: (origin) => origin === options.allowedOrigin,
    clock: options.clock ?? createTestClock(),
    log: options.log ?? silentLog,
  })
  let server: Server | undefined
  const leave = async (): Promise<void> => {
    const closing = server
    server = undefined
    if (closing === undefined) return
    closing.close()
    closing.closeAllConnections()
    await once(closing, 'close')
  }
  const listen = async (): Promise<void> => {
    // On a busy machine a connection would be closed as idle while the next request is on its way.
    server = createServer({ keepAliveTimeout: 0 }, store.onRequest)
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  await listen()
  stack.defer(leave)
  const started = stack.move()
  return {
    store,
    directory,
    get url() {
      return publicUrl()
    },
    credentials,
    settings: { bucket: EMBEDDED_BUCKET, endpoint: publicUrl(), pathStyle: true, ...credentials },
    environment: {
      MCHAT_S3_BUCKET: EMBEDDED_BUCKET,
      MCHAT_S3_ENDPOINT: publicUrl(),
      MCHAT_S3_PATH_STYLE: 'on',
      MCHAT_S3_ACCESS_KEY_ID: credentials.accessKeyId,
      MCHAT_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    leave,
    comeBack: listen,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
