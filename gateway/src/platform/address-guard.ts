import { isIP } from 'node:net'
import { createNetworkSet, ipv6Groups } from './networks.ts'

/** Which addresses may be connected to on behalf of somebody who may name any. */
export interface AddressGuard {
  /**
   * Why a connection to this address, which `host` has led to, is not made: the end of a sentence whose subject is the
   * address. undefined: it may be made. What is no address is refused.
   */
  refuse(address: string, host: string, port: number): string | undefined
  /** The operator has named this host (a name, or an address as in a URL) with this port. */
  admits(host: string, port: number): boolean
}

/**
 * Guards everything but the public Internet, and what the operator admits.
 * @param allow entries that keep `isAllowEntry`
 */
export const createAddressGuard = (allow: readonly string[]): AddressGuard => {
  const networks = createNetworkSet(allow.filter((entry) => entry.includes('/')))
  const hosts = new Set(allow.filter((entry) => !entry.includes('/')))
  const admits = (host: string, port: number): boolean => hosts.has(`${host.toLowerCase()}:${port}`)
  return {
    admits,
    refuse(address, host, port) {
      const reason = forbidden(address)
      if (reason === undefined || admits(host.includes(':') ? `[${host}]` : host, port)) return undefined
      // What has a zone is an address of a link, and BlockList would look past the zone.
      return !address.includes('%') && networks.has(address) ? undefined : reason
    },
  }
}

/**
 * `host:port`, where the host is written as a URL has it (lower case, no dot at its end, IPv6 in brackets), or a network
 * such as `10.1.0.0/16`.
 */
export const isAllowEntry = (entry: string): boolean => {
  const [address = '', bits = ''] = entry.split('/')
  if (entry.includes('/')) {
    const version = address.includes('%') ? 0 : isIP(address)
    return (
      /^\d{1,3}$/.test(bits) && version !== 0 && Number(bits) <= (version === 4 ? 32 : 128) && !/\/.*\//.test(entry)
    )
  }
  const [, host = '', port = ''] = /^(.+):([1-9]\d{0,4})$/.exec(entry) ?? []
  if (Number(port) > 65_535 || host.endsWith('.') || !/^([a-z0-9._-]+|\[[0-9a-f:]+\])$/.test(host)) return false
  return URL.parse(`http://${host}/`)?.hostname === host
}

/** Why the address is not one of the public Internet, as the end of a sentence about it. */
const forbidden = (address: string): string | undefined => {
  if (address.includes('%')) return 'is an address of a link'
  const version = isIP(address)
  if (version === 0) return 'is not an address'
  return version === 4 ? named(FORBIDDEN_IPV4, address) : forbiddenIpv6(address)
}

/** An IPv6 address that stands for an IPv4 address is as good as that one. */
const forbiddenIpv6 = (address: string): string | undefined => {
  const groups = ipv6Groups(address)
  for (const { prefix, embedded } of EMBEDDING) {
    if (!prefix.has(address)) continue
    for (const ipv4 of embedded(groups)) {
      const reason = named(FORBIDDEN_IPV4, ipv4)
      if (reason !== undefined) return `stands for ${ipv4}, which ${reason}`
    }
    return undefined
  }
  return named(FORBIDDEN_IPV6, address) ?? (GLOBAL_UNICAST.has(address) ? undefined : 'is a reserved address')
}

type NamedNetworks = readonly (readonly [reason: string, networks: ReturnType<typeof createNetworkSet>])[]
const named = (all: NamedNetworks, address: string): string | undefined =>
  all.find(([, networks]) => networks.has(address))?.[0]

const list = (networks: Readonly<Record<string, readonly string[]>>): NamedNetworks =>
  Object.entries(networks).map(([reason, each]) => [reason, createNetworkSet(each)])

/** The special-purpose registry of IANA (RFC 6890), and what clouds keep for themselves among public addresses. */
const FORBIDDEN_IPV4 = list({
  'is not an address of any machine': ['0.0.0.0/8'],
  'is a loopback address': ['127.0.0.0/8'],
  'is a private address': ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  'is a link-local address': ['169.254.0.0/16'],
  'is an address between a provider and its customers': ['100.64.0.0/10'],
  'is a multicast address': ['224.0.0.0/4'],
  'is a broadcast address': ['255.255.255.255/32'],
  'is an address for documentation': ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  'is an address for benchmarks': ['198.18.0.0/15'],
  // 6to4 relays, which are no more, would lead wherever they like.
  'is a reserved address': ['192.0.0.0/24', '192.88.99.0/24', '240.0.0.0/4'],
  // Answers on every virtual machine of Azure with what it is to know.
  'is an address of the cloud itself': ['168.63.129.16/32'],
})

const FORBIDDEN_IPV6 = list({
  'is not an address of any machine': ['::/128'],
  'is a loopback address': ['::1/128'],
  'is a private address': ['fc00::/7', 'fec0::/10'],
  'is a link-local address': ['fe80::/10'],
  'is a multicast address': ['ff00::/8'],
  'is an address for documentation': ['2001:db8::/32', '3fff::/20'],
  // Where a local NAT64 keeps the IPv4 address is the network's own choice, so that it cannot be judged.
  'is an address of a local translation to IPv4': ['64:ff9b:1::/48'],
  // Benchmarks (2001:2::/48) and ORCHIDs are in the first; the second was the 6bone's.
  'is a reserved address': ['2001::/23', '3ffe::/16'],
})

/** All else is not given out, the former IPv4-compatible addresses (`::127.0.0.1`) among it. */
const GLOBAL_UNICAST = createNetworkSet(['2000::/3'])

const dotted = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')

const EMBEDDING: readonly {
  readonly prefix: ReturnType<typeof createNetworkSet>
  readonly embedded: (groups: readonly number[]) => readonly string[]
}[] = [
  // Mapped, and NAT64.
  { prefix: createNetworkSet(['::ffff:0:0/96']), embedded: (groups) => [dotted(groups[6], groups[7])] },
  { prefix: createNetworkSet(['64:ff9b::/96']), embedded: (groups) => [dotted(groups[6], groups[7])] },
  // 6to4.
  { prefix: createNetworkSet(['2002::/16']), embedded: (groups) => [dotted(groups[1], groups[2])] },
  // Teredo: its server, and its client with all bits turned.
  {
    prefix: createNetworkSet(['2001::/32']),
    embedded: ([, , a, b, , , c = 0, d = 0]) => [dotted(a, b), dotted(c ^ 0xffff, d ^ 0xffff)],
  },
]
