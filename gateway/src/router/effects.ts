import type { GroupRole, ProfileEvent, SystemAction } from '@mchat/schema'
import type { Changed } from '../changes/changes.ts'
import type { Stale } from '../db/stale.ts'

/**
 * What has to happen after a change has been committed. Effects are data: they are written with the change, so that
 * whoever finishes an interrupted request does exactly what its first gateway would have done, and doing it twice is
 * harmless (events carry the same event_id).
 */
export type Effect =
  /** Forget what is remembered of these, so that the next look reads the database. */
  | { readonly kind: 'employees_changed'; readonly employee_ids: readonly string[] }
  | { readonly kind: 'departments_changed' }
  /** An agent, or where it answers. */
  | { readonly kind: 'agents_changed' }
  | { readonly kind: 'group_changed'; readonly group_id: string }
  | { readonly kind: 'sessions_changed'; readonly client_ids: readonly string[] }
  /** The others were told with the commit; nothing is answered before they have forgotten. */
  | { readonly kind: 'announced'; readonly change: number }
  /** Rights on the broker changed for these: enforced before anything is announced or answered. */
  | { readonly kind: 'access_changed'; readonly employee_ids: readonly string[] }
  /** These had no rights before: the broker lets them in before anything is announced or answered. */
  | { readonly kind: 'access_given'; readonly employee_ids: readonly string[] }
  /** These are members now: their sessions hear the group before anything is announced or answered. */
  | { readonly kind: 'group_joined'; readonly group_id: string; readonly employee_ids: readonly string[] }
  /** Announce to inboxes. */
  | { readonly kind: 'system_to_inboxes'; readonly employee_ids: readonly string[]; readonly message: SystemNotice }
  /** Announce on the group topic. */
  | { readonly kind: 'system_to_group'; readonly group_id: string; readonly message: SystemNotice }
  | { readonly kind: 'profile'; readonly event: ProfileEvent }
  /** The answer of org.tree changed. */
  | { readonly kind: 'org_changed' }
  /** The code of a challenge, which is derived when it is delivered, to these devices. */
  | { readonly kind: 'challenge_code'; readonly client_ids: readonly string[]; readonly challenge: ChallengeNotice }
  /** The last signed end of the audit log, for those who watch it. */
  | { readonly kind: 'audit_head'; readonly head: AuditHead }
  /** Agents with these skills changed. */
  | { readonly kind: 'capabilities_changed'; readonly skills: readonly string[] }
  /** Those who administer it are told, last of all. */
  | { readonly kind: 'changed'; readonly change: Changed }

/** What the device that shows a code says about it. */
export interface ChallengeNotice {
  readonly challenge_id: string
  readonly for_action: string
  readonly for_target: string
  /** The client_id that asked. */
  readonly requested_by: string
  readonly expires_at: string
}

export interface AuditHead {
  readonly day: string
  readonly seq: number
  readonly hash: string
  readonly signature: string
}

export interface SystemNotice {
  readonly action: SystemAction
  readonly group_id?: string
  readonly name?: string
  readonly inviter_id?: string
  readonly operator_id?: string
  readonly employee_ids?: readonly string[]
  readonly role?: GroupRole
  readonly agent_id?: string
  readonly peer_employee_id?: string
  readonly in_reply_to?: string
  readonly context_messages?: readonly unknown[]
  readonly reason?: string
}

/** What has to be forgotten for these, here and by every other gateway. */
export const staleOf = (effects: readonly Effect[]): Stale => {
  const stale = {
    employees: new Set<string>(),
    groups: new Set<string>(),
    sessions: new Set<string>(),
    access: new Set<string>(),
  }
  const whole: { departments?: true; names?: true; agents?: true } = {}
  const add = (ids: Set<string>, more: readonly string[]): void => {
    for (const id of more) ids.add(id)
  }
  for (const effect of effects) {
    switch (effect.kind) {
      case 'employees_changed':
        add(stale.employees, effect.employee_ids)
        break
      case 'profile':
        if (effect.event.event === 'updated' && effect.event.fields.includes('name')) whole.names = true
        break
      case 'departments_changed':
        whole.departments = true
        break
      case 'agents_changed':
        whole.agents = true
        break
      case 'group_changed':
        stale.groups.add(effect.group_id)
        break
      case 'sessions_changed':
        add(stale.sessions, effect.client_ids)
        break
      case 'access_changed':
      case 'access_given':
        add(stale.access, effect.employee_ids)
        break
    }
  }
  const lists = Object.entries(stale).filter(([, ids]) => ids.size > 0)
  return { ...Object.fromEntries(lists.map(([name, ids]) => [name, [...ids]])), ...whole }
}
