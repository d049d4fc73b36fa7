import { isIP } from 'node:net'
import { isEncrypted } from '../config/client-address.ts'
import type { Config } from '../config.ts'

/**
 * May a page of this origin open a WebSocket? Browsers always say where a page came from, other programs say nothing
 * and are let in: what protects the connection is its credential, this only keeps foreign pages from trying. Scheme and
 * port belong to an origin: what another program serves on this host, or somebody on the way without TLS, is foreign.
 */
export const createOriginCheck = (
  config: Pick<Config, 'host' | 'publicHost' | 'allowedOrigins' | 'tls' | 'publicTls'>,
): ((origin: string | undefined, host: string | undefined) => boolean) => {
  const allowed = new Set(config.allowedOrigins.map((origin) => origin.toLowerCase()))
  const ownNames = new Set([config.host, config.publicHost, 'localhost'].map((name) => name.toLowerCase()))
  const scheme = isEncrypted(config) ? 'https' : 'http'
  return (origin, host) => {
    if (origin === undefined) return true
    if (allowed.has(origin.toLowerCase())) return true
    const page = URL.parse(origin)
    // Both by the same rules, since a proxy may name the port that a browser leaves out.
    const own = host === undefined ? null : URL.parse(`${scheme}://${host}`)
    if (page === null || own === null || page.origin !== own.origin || page.origin !== origin.toLowerCase())
      return false
    // A name that somebody else makes resolve to this machine (DNS rebinding) is not one of ours; a bare address is.
    const name = page.hostname.replace(/^\[|\]$/g, '')
    return ownNames.has(name) || isIP(name) !== 0
  }
}
