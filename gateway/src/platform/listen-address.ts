import { lookup } from 'node:dns/promises'
import { isLoopback } from '../config/hosts.ts'
import type { Config } from '../config.ts'
import { UserError } from './user-error.ts'

/**
 * The one address that a listener binds. Without TLS it is loopback, whatever its name was taken for when the
 * configuration was read.
 * @throws UserError, or the error of the lookup
 */
export const listenAddress = async (
  { host, insecure }: Pick<Config, 'host' | 'insecure'>,
  isEncrypted: boolean,
): Promise<string> => {
  const { address } = await lookup(host, { order: 'ipv4first' })
  if (isEncrypted || insecure || isLoopback(address)) return address
  throw new UserError(
    `MCHAT_HOST (${host}) is ${address}, which other machines reach, and there is no TLS: set MCHAT_TLS_CERT_FILE and MCHAT_TLS_KEY_FILE, or MCHAT_INSECURE=1 if something else encrypts.`,
  )
}
