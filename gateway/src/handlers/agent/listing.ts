import type { Employee } from '@mchat/schema'
import type { Effect } from '../../router/effects.ts'
import { skillsOf } from '../skills.ts'

/** What follows when an agent is found and called no longer, or again: lists by skill say so. */
export const listingChanged = (agent: Employee): Effect[] => {
  const skills = [...skillsOf(agent)].sort()
  const changed: Effect[] = [{ kind: 'agents_changed' }]
  return skills.length === 0 ? changed : [...changed, { kind: 'capabilities_changed', skills }]
}
