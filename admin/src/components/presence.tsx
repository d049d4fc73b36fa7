import type { MChatClient, Status } from '@mchat/sdk'
import { Badge } from 'antd'
import { type ReactNode, useCallback, useEffect, useSyncExternalStore } from 'react'
import { useSignedIn } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('presence', {
  en: { online: 'Online', offline: 'Offline' },
  'zh-CN': { online: '在线', offline: '离线' },
})

interface Statuses {
  of(employeeId: string): Status['status'] | undefined
  subscribe(listener: () => void): () => void
}

const known = new WeakMap<MChatClient, Statuses>()

/** What the client has heard of those who are watched; one for all rows of all lists. */
const statusesOf = (client: MChatClient): Statuses => {
  const before = known.get(client)
  if (before !== undefined) return before
  const statuses = new Map<string, Status['status']>()
  const listeners = new Set<() => void>()
  client.on('status', ({ employee_id, status }) => {
    statuses.set(employee_id, status)
    for (const listener of listeners) listener()
  })
  const made: Statuses = {
    of: (employeeId) => statuses.get(employeeId),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  known.set(client, made)
  return made
}

/** A row that is only scrolled past is not worth a subscription. */
const SEEN_MS = 250

/**
 * Is somebody online now? Watched as long as it is shown; undefined: nothing was heard of them. Of oneself nothing has to be
 * heard.
 */
export const useIsOnline = (employeeId: string | undefined): boolean | undefined => {
  const { client, employeeId: me, isOnline: isConnected } = useSignedIn()
  const statuses = statusesOf(client)
  useEffect(() => {
    if (employeeId === undefined) return
    let stop: (() => void) | undefined
    const timer = setTimeout(() => {
      stop = client.watchStatus(employeeId)
    }, SEEN_MS)
    return () => {
      clearTimeout(timer)
      stop?.()
    }
  }, [client, employeeId])
  const read = useCallback(
    () => (employeeId === undefined ? undefined : statuses.of(employeeId)),
    [statuses, employeeId],
  )
  const status = useSyncExternalStore(statuses.subscribe, read)
  if (employeeId === me && isConnected) return true
  return status === undefined ? undefined : status === 'online'
}

/** A mark at an avatar: green for who is online. */
export const WithPresence = ({
  children,
  employeeId,
}: {
  readonly employeeId: string
  readonly children: ReactNode
}) => {
  const t = useTexts(texts)
  const isOnline = useIsOnline(employeeId) === true
  if (!isOnline) return <>{children}</>
  return (
    <Badge dot status="success" offset={[-4, 28]} title={t('online')}>
      {children}
    </Badge>
  )
}

export const PresenceText = ({ employeeId }: { readonly employeeId: string }) => {
  const t = useTexts(texts)
  const isOnline = useIsOnline(employeeId) === true
  return <Badge status={isOnline ? 'success' : 'default'} text={t(isOnline ? 'online' : 'offline')} />
}
