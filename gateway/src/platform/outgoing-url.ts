import { isIP } from 'node:net'
import type { AddressGuard } from './address-guard.ts'
import { createNetworkSet, LOOPBACK_NETWORKS } from './networks.ts'

export interface UrlRules {
  readonly guard: AddressGuard
  /** false: http will do. To this machine itself, where that is allowed at all, it always does. */
  readonly httpsOnly: boolean
  /** What an address that is not admitted is refused with beside the reason: how to admit it. */
  readonly remedy?: string | undefined
}

/**
 * Why this URL can never be called, whatever its name leads to: the end of a sentence whose subject is the URL. It never
 * holds the path or what stands before an @.
 */
export const refuseUrl = (text: string, { guard, httpsOnly, remedy }: UrlRules): string | undefined => {
  // The parser would pass over these, and a reader of the URL would not.
  if (/[\s\p{Cc}\\]/u.test(text)) return 'must not contain spaces, control characters or backslashes'
  const url = URL.parse(text)
  if (url === null || url.hostname === '') return 'must be a URL such as https://agent.example.org/webhook'
  const mustEncrypt = httpsOnly && !LOOPBACK.has(hostOf(url))
  if (url.protocol !== 'https:' && (mustEncrypt || url.protocol !== 'http:')) {
    return mustEncrypt ? 'must use https' : 'must use https or http'
  }
  if (/^\w+:\/*[^/?#]*@/.test(text)) return 'must not contain a user name or a password'
  if (text.includes('#')) return 'must not contain a fragment'
  const port = portOf(url)
  if (guard.admits(url.hostname, port)) return undefined
  const reason = refuseAddress(hostOf(url), port, guard)
  return reason === undefined || remedy === undefined ? reason : `${reason}; ${remedy}`
}

const refuseAddress = (host: string, port: number, guard: AddressGuard): string | undefined => {
  if (OTHER_PROTOCOLS.has(port)) return `must not use port ${port}, which is another protocol's`
  if (/(^|\.)localhost\.*$/.test(host)) return 'must not lead to this machine itself'
  const reason = isIP(host) === 0 ? undefined : guard.refuse(host, host, port)
  return reason === undefined ? undefined : `must not lead to ${host}, which ${reason}`
}

const LOOPBACK = createNetworkSet(LOOPBACK_NETWORKS)

/** The name or the address, without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1')

export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80))

/**
 * What browsers do not speak HTTP to either (fetch.spec.whatwg.org, "bad port"): a request can be written so that another
 * protocol takes a line of it for a command. And the usual ports of databases, caches and brokers.
 */
const OTHER_PROTOCOLS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 1433, 1521, 1883, 3306, 3389, 5432, 5671, 5672, 6379,
  8883, 9092, 11211, 27017,
])
