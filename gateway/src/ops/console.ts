import type { MqttConnection } from '@mchat/schema'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Config } from '../config.ts'
import { newNonce } from '../platform/random.ts'
import type { ConsoleFile, ConsoleFiles } from './console-files.ts'

export interface ConsoleOptions {
  readonly console: ConsoleFiles
  readonly config: Pick<Config, 'version' | 'language' | 'broker' | 'consoleBrokers'>
  /** How people connect, but for who it is. */
  readonly connection: () => MqttConnection
  readonly bindsCredentials: boolean
  /** Where the browser puts and gets files, other than here; undefined: here, or there is no store. */
  readonly storeUrl: () => string | undefined
}

const YEAR = 'public, max-age=31536000, immutable'
const HOUR = 'public, max-age=3600'

/**
 * The console: its page at `/` and at every `/console/…`, which the page itself tells apart, and its files at their own
 * paths. Everything is in memory; there is no path to a file of the disk.
 */
export const addConsole = (app: FastifyInstance, options: ConsoleOptions): void => {
  const { files, page } = options.console
  const sendPage = (reply: FastifyReply): void => {
    const nonce = newNonce()
    const filled = page
      .replace('{{deployment}}', escapeAttribute(JSON.stringify(aboutDeployment(options))))
      .replaceAll('{{nonce}}', nonce)
    void reply.type('text/html; charset=utf-8').header('content-security-policy', policyOf(nonce, options)).send(filled)
  }
  for (const path of ['/', '/console', '/console/*']) app.get(path, (_request, reply) => sendPage(reply))
  for (const [path, file] of files) {
    // Those of `assets` are named after what is in them.
    const caching = path.startsWith('/assets/') ? YEAR : HOUR
    app.get(path, (request, reply) =>
      sendFile(reply.header('cache-control', caching), request.headers['accept-encoding'], file),
    )
  }
}

const sendFile = (reply: FastifyReply, accepted: string | undefined, file: ConsoleFile): void => {
  const encodings = (accepted ?? '').split(',').map((entry) => entry.trim().split(';')[0])
  reply.type(file.type).header('vary', 'accept-encoding')
  if (file.brotli !== undefined && encodings.includes('br'))
    void reply.header('content-encoding', 'br').send(file.brotli)
  else if (file.gzip !== undefined && encodings.includes('gzip'))
    void reply.header('content-encoding', 'gzip').send(file.gzip)
  else void reply.send(file.bytes)
}

const aboutDeployment = ({ bindsCredentials, config, connection }: ConsoleOptions) => ({
  version: config.version,
  language: config.language,
  isEmbedded: config.broker.kind === 'embedded',
  bindsCredentials,
  connection: connection(),
})

/**
 * Scripts are files of the console only. Styles are made in the page, by antd, marked with the nonce of this answer. It may
 * connect to the gateway it came from, to the broker, and to the object store.
 */
const policyOf = (nonce: string, { config, connection, storeUrl }: ConsoleOptions): string => {
  const elsewhere = [connection().ws_url, storeUrl(), ...config.consoleBrokers].flatMap((url) => originOf(url) ?? [])
  const sources = ["'self'", ...new Set(elsewhere)].join(' ')
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src ${sources} data: blob:`,
    `media-src ${sources} blob:`,
    "font-src 'self'",
    `connect-src ${sources}`,
    // The timers of mqtt.js, which go on in a tab that is in the background: what a worker of the page runs is made by it.
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const originOf = (url: string | undefined): string | undefined => {
  const parsed = url === undefined ? null : URL.parse(url)
  return parsed === null ? undefined : `${parsed.protocol}//${parsed.host}`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeAttribute = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
