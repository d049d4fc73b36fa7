import { isIP } from 'node:net'

/** Reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Every address of this machine. */
export const isWildcard = (host: string): boolean => /^(0\.0\.0\.0|::|0)$/.test(host)
