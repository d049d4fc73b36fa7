import type { AgentConnector } from '@mchat/schema'
import type { AgentEntry } from '../../db/directory.ts'
import type { AgentConnectorDriver } from './connector.ts'

/** The drivers of this gateway. */
export interface Connectors {
  of(agent: AgentEntry): AgentConnectorDriver
}

export const createConnectors = (
  drivers: Readonly<Partial<Record<AgentConnector, AgentConnectorDriver>>>,
): Connectors => ({
  of({ profile }) {
    const driver = drivers[profile.connector ?? 'webhook']
    if (driver === undefined) throw new Error(`there is no connector ${profile.connector}`)
    return driver
  },
})
