import { createNetworkSet, LOOPBACK_NETWORKS } from '../platform/networks.ts'

const loopback = createNetworkSet(LOOPBACK_NETWORKS)

/**
 * Reached from this machine alone: `localhost`, or an address, as it is written in a URL or without. Of names only that
 * one counts: where another leads is decided by whoever answers for it, and may be another place a moment later.
 */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || loopback.has(host.replace(/^\[(.*)\]$/, '$1'))

/** Every address of this machine. */
export const isWildcard = (host: string): boolean => /^(0\.0\.0\.0|::|0)$/.test(host)
