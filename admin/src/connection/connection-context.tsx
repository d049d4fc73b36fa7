import type { MChatClient } from '@mchat/sdk'
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react'
import { type Connection, type ConnectionState, createConnection, type SignedIn } from './connection.ts'
import { type Permissions, permissionsOf } from './permissions.ts'
import { createSecondFactor } from './second-factor.ts'

export const secondFactor = createSecondFactor()
/** One for the tab. */
export const connection: Connection = createConnection(secondFactor.confirm)

const SignedInContext = createContext<SignedIn | undefined>(undefined)

export const useConnectionState = (): ConnectionState =>
  useSyncExternalStore(connection.subscribe, () => connection.state)

/** Everything below is shown to somebody who is signed in. */
export const SignedInProvider = ({ children, state }: { readonly children: ReactNode; readonly state: SignedIn }) => (
  <SignedInContext value={state}>{children}</SignedInContext>
)

/** Only below `SignedInProvider`. */
export const useSignedIn = (): SignedIn => {
  const state = useContext(SignedInContext)
  if (state === undefined) throw new Error('nobody is signed in here')
  return state
}
export const useClient = (): MChatClient => useSignedIn().client
export const usePermissions = (): Permissions => {
  const { roles } = useSignedIn()
  return useMemo(() => permissionsOf(roles), [roles])
}
