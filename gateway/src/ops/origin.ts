import { isIP } from 'node:net'
import type { Config } from '../config.ts'

/**
 * May a page of this origin open a WebSocket? Browsers always say where a page came from, other programs say nothing
 * and are let in: what protects the connection is its credential, this only keeps foreign pages from trying.
 */
export const createOriginCheck = (
  config: Pick<Config, 'host' | 'publicHost' | 'allowedOrigins'>,
): ((origin: string | undefined, host: string | undefined) => boolean) => {
  const allowed = new Set(config.allowedOrigins.map((origin) => origin.toLowerCase()))
  const ownNames = new Set([config.host, config.publicHost, 'localhost'].map((name) => name.toLowerCase()))
  return (origin, host) => {
    if (origin === undefined) return true
    if (allowed.has(origin.toLowerCase())) return true
    const page = URL.parse(origin)
    if (page === null || host === undefined || page.host !== host.toLowerCase()) return false
    // A name that somebody else makes resolve to this machine (DNS rebinding) is not one of ours; a bare address is.
    const name = page.hostname.replace(/^\[|\]$/g, '')
    return ownNames.has(name) || isIP(name) !== 0
  }
}
