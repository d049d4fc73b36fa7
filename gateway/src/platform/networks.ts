import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** @param networks addresses and networks (`10.0.0.0/8`), already checked by the configuration */
export const createNetworkSet = (networks: readonly string[]): { has(address: string): boolean } => {
  const set = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) set.addAddress(address, family)
    else set.addSubnet(address, Number(bits), family)
  }
  return {
    has(address) {
      // Also covers IPv4 addresses as a dual-stack socket shows them (::ffff:10.0.0.1).
      const version = isIP(address)
      return version !== 0 && set.check(address, version === 6 ? 'ipv6' : 'ipv4')
    },
  }
}

/**
 * What an address is counted by: IPv4 as itself, also where a dual-stack socket shows it as IPv6, and IPv6 by its first 64
 * bits, since whoever has one address of a network has them all (RFC 6177).
 */
export const addressKey = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (isIP(address) !== 6) return address
  return `${ipv6Groups(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight numbers of an IPv6 address, in whatever way it is written; a zone does not count. */
export const ipv6Groups = (address: string): readonly number[] => {
  // The URL writes a dotted end as two groups.
  const plain = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = '', tail] = plain.split('::')
  const start = head === '' ? [] : head.split(':')
  const end = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : 8 - start.length - end.length
  const groups = [...start, ...Array.from({ length: missing }, () => '0'), ...end]
  return groups.map((group) => Number.parseInt(group, 16))
}

export const LOOPBACK_NETWORKS: readonly string[] = ['127.0.0.0/8', '::1']

/**
 * Where an HTTP request comes from: what the last proxy that is trusted says of the one before it. What anybody else wrote
 * into the header does not count.
 */
export const forwardedAddress = (
  request: { readonly headers: IncomingHttpHeaders; readonly socket: { readonly remoteAddress?: string | undefined } },
  proxies: { has(address: string): boolean },
): string => {
  const header = request.headers['x-forwarded-for']
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((hop) => hop.trim())
  let address = request.socket.remoteAddress ?? ''
  while (proxies.has(address)) {
    const before = hops.pop()
    if (before === undefined || isIP(before) === 0) break
    address = before
  }
  return address
}
