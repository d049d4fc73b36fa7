import { type AgentProfile, invalidField, type MChatError, PRIVATE_PROFILE_FIELDS } from '@mchat/schema'
import type { Agents } from '../../agents/agents.ts'
import type { EmployeeEntry } from '../../db/directory.ts'
import { may } from '../rights.ts'

/** Where an agent is reached is for those who manage agents, to see and to set. */
export const seesEndpoints = (reader: EmployeeEntry): boolean => may(reader, 'agent.manage')

export const withoutEndpoint = (profile: AgentProfile | null): AgentProfile | null =>
  profile === null
    ? null
    : Object.fromEntries(Object.entries(profile).filter(([field]) => !PRIVATE_PROFILE_FIELDS.includes(field)))

/** @throws MChatError 400 for an endpoint that could never be called */
export const checkEndpoint = (agents: Agents, profile: AgentProfile | undefined, field: string): void => {
  const endpoint = profile?.webhook_endpoint
  const problem = endpoint === undefined ? undefined : agents.refuseEndpoint(endpoint)
  if (problem !== undefined) throw invalidField(`${field}.webhook_endpoint`, 'address', problem)
}

export const agentsOnly = (field: string): MChatError =>
  invalidField(field, 'agents_only', 'Only AI agents have a profile.')
