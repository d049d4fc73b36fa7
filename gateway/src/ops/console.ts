import type { MqttConnection } from '@mchat/schema'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { newNonce } from '../platform/random.ts'
import { acceptsEncoding } from './accepted-encoding.ts'
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

/** What is below is the page, too, which tells such paths apart by itself. */
export const CONSOLE_PATH = '/console/'

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
    const deployment = escapeAttribute(JSON.stringify(aboutDeployment(options)))
    // In one go and by a function: neither `$'` nor a placeholder in what is filled in means anything.
    const filled = page.replace(/\{\{(deployment|nonce)\}\}/g, (_all, name) => (name === 'nonce' ? nonce : deployment))
    void reply.type('text/html; charset=utf-8').header('content-security-policy', policyOf(nonce, options)).send(filled)
  }
  for (const path of ['/', '/console', `${CONSOLE_PATH}*`]) app.get(path, (_request, reply) => sendPage(reply))
  for (const [path, file] of files) {
    // Those of `assets` are named after what is in them.
    const caching = path.startsWith('/assets/') ? YEAR : HOUR
    app.get(path, (request, reply) => sendFile(request, reply.header('cache-control', caching), file))
  }
}

const sendFile = ({ headers }: FastifyRequest, reply: FastifyReply, file: ConsoleFile): void => {
  reply.header('vary', 'accept-encoding').header('etag', file.etag)
  if (isKnown(headers['if-none-match'], file.etag)) return void reply.code(304).send()
  reply.type(file.type)
  const accepted = headers['accept-encoding']
  if (file.brotli !== undefined && acceptsEncoding(accepted, 'br'))
    void reply.header('content-encoding', 'br').send(file.brotli)
  else if (file.gzip !== undefined && acceptsEncoding(accepted, 'gzip'))
    void reply.header('content-encoding', 'gzip').send(file.gzip)
  else void reply.send(file.bytes)
}

/** The weak comparison of RFC 9110, 8.8.3.2, which proxies that make a tag weaker rely on. */
const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? '').split(',').some((tag) => tag.trim() === etag || `W/${tag.trim()}` === etag || tag.trim() === '*')

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

/** @returns undefined: nothing that a policy can name; `;` and `,` may stand in the host of a URL, and end a directive there */
const originOf = (url: string | undefined): string | undefined => {
  const parsed = url === undefined ? null : URL.parse(url)
  return parsed === null || !/^[a-z0-9._-]+(:\d+)?$/.test(parsed.host)
    ? undefined
    : `${parsed.protocol}//${parsed.host}`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeAttribute = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
