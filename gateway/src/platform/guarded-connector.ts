import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { buildConnector } from 'undici'
import type { AddressGuard } from './address-guard.ts'
import { OutgoingError } from './outgoing-error.ts'

/** Every address of a name. */
export type LookupAll = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

export interface GuardedConnectorOptions {
  readonly guard: AddressGuard
  readonly lookup: LookupAll
  readonly secure: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** Certificates (PEM) to trust instead of those that Node does. */
  readonly ca?: string | undefined
  /** Ends connections that are not there yet. */
  readonly signal?: AbortSignal
}

/** Until the connection is there, with its lookup and its encryption. Less than a caller waits, since giving up does not end it. */
const CONNECT_MS = 5_000

/**
 * Connects to one host, to addresses that the guard does not refuse. The name is looked up once for each connection, and
 * what was judged is what is connected to: a check before the call would judge another answer than the one that counts.
 *
 * One refused address among several refuses the name. To connect to the others would be as safe, but whoever mixes them
 * is trying something or has a mistake in their DNS, and would else find out on some of the calls only.
 */
export const createGuardedConnector = (options: GuardedConnectorOptions): buildConnector.connector => {
  const { ca, guard, host, port, signal } = options
  const judge = (addresses: readonly { readonly address: string }[]): OutgoingError | undefined => {
    for (const { address } of addresses) {
      const reason = guard.refuse(address, host, port)
      if (reason === undefined) continue
      const leads = address === host ? '' : ` leads to ${address}, which`
      return new OutgoingError('forbidden_address', `${host}${leads} ${reason} and must not be called.`)
    }
    return undefined
  }

  const lookup: LookupFunction = (hostname, { all }, done) => {
    options.lookup(hostname).then(
      (addresses) => {
        const [first] = addresses
        const refused =
          first === undefined ? new OutgoingError('unreachable', `${host} has no address.`) : judge(addresses)
        if (refused !== undefined) done(refused, [])
        else if (all === true) done(null, [...addresses])
        else done(null, first?.address ?? '', first?.family)
      },
      (error: NodeJS.ErrnoException) => done(error, []),
    )
  }

  const open = (): Socket => {
    const target = { host, port, lookup }
    if (!options.secure) return connectTcp(target)
    // An address has no server name (RFC 6066). undici would take the name from a header.
    const servername = isIP(host) === 0 ? host : ''
    return connectTls({ ...target, servername, ALPNProtocols: ['http/1.1'], ...(ca === undefined ? {} : { ca }) })
  }

  return (_target, done) => {
    // An address is not looked up.
    const refused = isIP(host) === 0 ? undefined : judge([{ address: host }])
    if (refused !== undefined) {
      done(refused, null)
      return
    }
    const socket = open().setNoDelay(true)
    const giveUp = (): void => {
      socket.destroy(new OutgoingError('unreachable', `${host} was not connected to within ${CONNECT_MS} ms.`))
    }
    const timer = setTimeout(giveUp, CONNECT_MS)
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      socket.off(event, succeed).off('error', fail)
    }
    const succeed = (): void => {
      settle()
      done(null, socket)
    }
    const fail = (error: Error): void => {
      settle()
      done(error, null)
    }
    const event = options.secure ? 'secureConnect' : 'connect'
    socket.once(event, succeed).once('error', fail)
    signal?.addEventListener('abort', giveUp, { once: true })
  }
}
