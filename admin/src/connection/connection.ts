import {
  type Challenge,
  type Credentials,
  createClient,
  type MChatClient,
  NotConnectedError,
  RequestRejectedError,
  type SessionConnected,
} from '@mchat/sdk'
import { browserName } from './browser-name.ts'
import { keptCredentials, tabStore } from './kept-credentials.ts'
import { SIGNED_IN_DAYS, type SignInWith, signIn } from './sign-in.ts'
import { claimForTab } from './tab-claim.ts'

/** Why somebody is not signed in any more, other than that they wanted so; `copied`: the tab is a copy of one that is. */
export type EndReason = 'revoked' | 'expired' | 'copied'

export interface SignedIn {
  readonly phase: 'signed_in'
  readonly client: MChatClient
  readonly employeeId: string
  /** As of the last time it connected, or heard that they were changed. */
  readonly roles: SessionConnected['roles']
  readonly isOnline: boolean
  /** There is a connection, and yet nothing is answered. */
  readonly isUnanswered: boolean
}

export type ConnectionState =
  | { readonly phase: 'signed_out'; readonly ended?: EndReason }
  /** `isLate`: there was no connection in time; it is tried on. */
  | { readonly phase: 'restoring'; readonly isLate?: true }
  | SignedIn

/** This tab as a device of whoever is signed in. It comes back by itself after the connection was lost. */
export interface Connection {
  readonly state: ConnectionState
  subscribe(listener: () => void): () => void
  /** Goes on where the tab was before it was loaded again. */
  restore(): void
  /** @throws what the SDK throws; then nobody is signed in */
  signIn(given: SignInWith): Promise<void>
  /** The tab forgets at once; its credential is taken away when the broker can be reached, and ends within a day otherwise. */
  signOut(options?: { readonly everywhere?: boolean }): Promise<void>
}

/** @param confirm asks the person for a second factor */
export const createConnection = (confirm: (challenge: Challenge) => Promise<string>): Connection => {
  const listeners = new Set<() => void>()
  let state: ConnectionState = { phase: 'signed_out' }
  /** Of the tab, until it is signed in again. */
  let restoring: MChatClient | undefined
  const become = (next: ConnectionState): void => {
    state = next
    for (const listener of listeners) listener()
  }

  const end = (client: MChatClient, ended: EndReason): void => {
    if (state.phase === 'signed_in' && state.client !== client) return
    keptCredentials.forget()
    become({ phase: 'signed_out', ended })
  }

  const restore = async (credentials: Credentials): Promise<void> => {
    try {
      const isOwn = await claimForTab(credentials.mqtt_connection.client_id ?? '')
      if (isOwn) return await start(credentials)
      keptCredentials.forget()
      become({ phase: 'signed_out', ended: 'copied' })
    } catch {
      keptCredentials.forget()
      if (state.phase === 'restoring') become({ phase: 'signed_out', ended: 'expired' })
    }
  }

  const start = async (credentials: Credentials): Promise<void> => {
    const client = createClient(credentials, {
      store: tabStore,
      device: 'console',
      deviceInfo: ['MChat console', browserName(navigator) ?? []].flat().join(', '),
      confirm,
    })
    client.on('error', (error) => {
      if (isRefusal(error)) end(client, 'revoked')
    })
    client.on('session', (event) => {
      if (event.state === 'gap') return
      const isThis = state.phase === 'signed_in' && state.client === client
      if (event.state === 'connected') {
        become({
          phase: 'signed_in',
          client,
          employeeId: client.employeeId,
          roles: event.roles,
          isOnline: true,
          isUnanswered: false,
        })
      } else if (isThis) become({ ...(state as SignedIn), isOnline: false })
    })
    client.on('answers', ({ late }) => {
      if (state.phase === 'signed_in' && state.client === client) become({ ...state, isUnanswered: late })
    })
    client.on('profile', ({ employee_id, fields }) => {
      if (employee_id === client.employeeId && fields.includes('roles')) void renewRoles(client)
    })
    await client.open({ timeoutMs: 15_000 }).catch(async (error: unknown) => {
      // Refused, it has closed itself; otherwise it goes on trying, and so does the page.
      if (isRefusal(error)) throw error
      if (state.phase === 'restoring') {
        restoring = client
        become({ phase: 'restoring', isLate: true })
        return
      }
      await client.close()
      throw error
    })
  }

  const renewRoles = async (client: MChatClient): Promise<void> => {
    try {
      const { roles } = await client.employee.get({ employee_id: client.employeeId })
      if (state.phase === 'signed_in' && state.client === client) become({ ...state, roles })
    } catch {
      // Without an answer there is no connection, and the next one tells them.
    }
  }

  return {
    get state() {
      return state
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    restore() {
      const credentials = keptCredentials.read()
      if (credentials === undefined) return
      become({ phase: 'restoring' })
      void restore(credentials)
    },
    async signIn(given) {
      const credentials = await signIn(given)
      await claimForTab(credentials.mqtt_connection.client_id ?? '')
      keptCredentials.keep(credentials, SIGNED_IN_DAYS * 86_400_000)
      try {
        await start(credentials)
      } catch (error) {
        keptCredentials.forget()
        throw error
      }
    },
    async signOut({ everywhere = false } = {}) {
      if (state.phase === 'restoring') {
        keptCredentials.forget()
        become({ phase: 'signed_out' })
        await restoring?.close()
      }
      if (state.phase !== 'signed_in') return
      const { client } = state
      keptCredentials.forget()
      become({ phase: 'signed_out' })
      try {
        if (everywhere) await revokeOthers(client)
        const { clientId } = client
        if (clientId !== undefined) await client.session.revoke({ client_id: clientId }, { timeoutMs: 5000 })
      } catch {
        // Not reachable, or cut off before the answer: there is nothing more that this tab could do.
      } finally {
        await client.close()
      }
    },
  }
}

const revokeOthers = async (client: MChatClient): Promise<void> => {
  const [{ sessions }, { devices }] = await Promise.all([client.session.list({}), client.device.list({})])
  const clientIds = new Set([...sessions, ...devices].map(({ client_id }) => client_id))
  clientIds.delete(client.clientId ?? '')
  // What is gone already is no reason to leave the others.
  await Promise.allSettled([...clientIds].map((client_id) => client.session.revoke({ client_id })))
}

/** The credential is no longer good. */
export const isRefusal = (error: unknown): boolean =>
  (error instanceof NotConnectedError && error.returnCode !== undefined) ||
  (error instanceof RequestRejectedError && error.action === 'auth.bind' && error.code < 500)
