import { type AgentProfile, invalidField, type MChatError } from '@mchat/schema'
import type { EmployeeEntry } from '../../db/directory.ts'
import { may } from '../rights.ts'

/** Where an agent is reached is for those who manage agents, to see and to set. */
export const seesEndpoints = (reader: EmployeeEntry): boolean => may(reader, 'agent.manage')

export const withoutEndpoint = (profile: AgentProfile | null): AgentProfile | null => {
  if (profile === null) return null
  const { webhook_endpoint: _, ...rest } = profile
  return rest
}

export const agentsOnly = (field: string): MChatError =>
  invalidField(field, 'agents_only', 'Only AI agents have a profile.')
