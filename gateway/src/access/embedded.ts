import { isRevocable, maySubscribe, type Topics } from '@mchat/schema'
import type { EmbeddedBroker } from '../broker/embedded-broker.ts'
import type { Sessions } from '../broker/sessions/sessions.ts'
import type { ListeningPorts } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import type { Directory } from '../db/directory.ts'
import type { Access } from './access.ts'
import { confirm } from './confirmation.ts'
import { describeAccess } from './connection.ts'
import { rightsSubject } from './subject.ts'

export interface EmbeddedAccessParts {
  readonly config: Config
  readonly topics: Topics
  readonly directory: Directory
  readonly broker: EmbeddedBroker
  readonly sessions: Sessions
  readonly ports: ListeningPorts
  /** An employee has no connection any more and can no longer say so. */
  readonly onGone: (employeeId: string) => Promise<void>
}

/**
 * Access on the embedded broker. Granting needs nothing, since rights are looked up when they are used; taking away ends
 * subscriptions with what they had queued, and throws out the clients that have no session any more.
 */
export const createEmbeddedAccess = (parts: EmbeddedAccessParts): Access => {
  const { broker, config, directory, ports, sessions, topics } = parts
  const source = { directory, groupDelivery: config.groupDelivery }

  const isLive = async (clientId: string): Promise<boolean> => {
    const session = await directory.sessions.get(clientId)
    return session !== undefined && session.endReason === null
  }

  const syncClient = async (
    employeeId: string,
    clientId: string,
    active: boolean,
    staysConnected: boolean,
  ): Promise<void> => {
    const isOver = !active || !(await isLive(clientId))
    if (isOver && !staysConnected) {
      await broker.expel(clientId)
      if (!broker.hasOtherConnection(employeeId, clientId)) await parts.onGone(employeeId)
      return
    }
    const subject = await rightsSubject(source, clientId, employeeId)
    const answers = topics.response(clientId, '')
    const keeps = (filter: string): boolean =>
      isOver || subject === undefined
        ? filter.startsWith(answers)
        : !isRevocable(filter, topics.prefix) || maySubscribe(filter, subject, topics.prefix)
    const lost = [...sessions.subscriptionsOf(clientId).keys()].filter((filter) => !keeps(filter))
    if (lost.length > 0) await sessions.revoke(clientId, lost)
  }

  const syncEmployee = async (employeeId: string, exceptClientId: string | undefined): Promise<void> => {
    const clientIds = [...broker.clientIdsOf(employeeId)]
    if (clientIds.length === 0) return
    const employee = await directory.employees.get(employeeId)
    const active = employee?.active === true
    for (const clientId of clientIds) await syncClient(employeeId, clientId, active, clientId === exceptClientId)
  }

  const joinGroup = async (groupId: string, employeeId: string): Promise<void> => {
    const filter = topics.group(groupId)
    for (const clientId of [...broker.clientIdsOf(employeeId)]) {
      const subject = await rightsSubject(source, clientId, employeeId)
      const known = sessions.subscriptionsOf(clientId)
      if (known.has(filter) || !known.has(topics.inbox(employeeId))) continue
      if (subject === undefined || !maySubscribe(filter, subject, topics.prefix)) continue
      await broker.subscribe(clientId, filter)
    }
  }

  return {
    syncEmployees: (employeeIds, exceptClientId) => confirm(employeeIds, (id) => syncEmployee(id, exceptClientId)),
    // It looks them up when they come.
    admitEmployees: async () => undefined,
    async joinGroup(groupId, employeeIds) {
      await Promise.all(employeeIds.map((employeeId) => joinGroup(groupId, employeeId)))
    },
    keepsOwnList: false,
    ...describeAccess(config, ports),
  }
}
