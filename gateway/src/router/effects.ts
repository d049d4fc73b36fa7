import type { GroupRole, ProfileEvent, SystemAction } from '@mchat/schema'

/**
 * What has to happen after a change has been committed. Effects are data: they are written with the change, so that
 * whoever finishes an interrupted request does exactly what its first gateway would have done, and doing it twice is
 * harmless (events carry the same event_id).
 */
export type Effect =
  /** Forget what is remembered of these, so that the next look reads the database. */
  | { readonly kind: 'employees_changed'; readonly employee_ids: readonly string[] }
  | { readonly kind: 'departments_changed' }
  | { readonly kind: 'group_changed'; readonly group_id: string }
  | { readonly kind: 'sessions_changed'; readonly client_ids: readonly string[] }
  /** Rights on the broker changed for these: enforced before anything is announced or answered. */
  | { readonly kind: 'access_changed'; readonly employee_ids: readonly string[] }
  /** These are members now: their sessions hear the group before anything is announced or answered. */
  | { readonly kind: 'group_joined'; readonly group_id: string; readonly employee_ids: readonly string[] }
  /** Announce to inboxes. */
  | { readonly kind: 'system_to_inboxes'; readonly employee_ids: readonly string[]; readonly message: SystemNotice }
  /** Announce on the group topic. */
  | { readonly kind: 'system_to_group'; readonly group_id: string; readonly message: SystemNotice }
  | { readonly kind: 'profile'; readonly event: ProfileEvent }
  /** The answer of org.tree changed. */
  | { readonly kind: 'org_changed' }
  /** Agents with these skills changed. */
  | { readonly kind: 'capabilities_changed'; readonly skills: readonly string[] }

export interface SystemNotice {
  readonly action: SystemAction
  readonly group_id?: string
  readonly name?: string
  readonly inviter_id?: string
  readonly operator_id?: string
  readonly employee_ids?: readonly string[]
  readonly role?: GroupRole
}
