import type { ActionDefinition, InputOfDefinition, OutputOfDefinition } from '../action.ts'
import { agentActions } from './agent.ts'
import { auditActions } from './audit.ts'
import { authActions } from './auth.ts'
import { authzActions } from './authz.ts'
import { configActions } from './config.ts'
import { departmentActions } from './department.ts'
import { employeeActions } from './employee.ts'
import { fileActions } from './file.ts'
import { groupActions } from './group.ts'
import { msgActions } from './msg.ts'
import { sessionActions } from './session.ts'
import { statsActions } from './stats.ts'
import { syncActions } from './sync.ts'
import { systemActions } from './system.ts'

/** Every action there is (contract 5). An action is declared here together with its handler, never before. */
export const ACTIONS = {
  ...authActions,
  ...authzActions,
  ...sessionActions,
  ...employeeActions,
  ...departmentActions,
  ...groupActions,
  ...msgActions,
  ...syncActions,
  ...agentActions,
  ...fileActions,
  ...auditActions,
  ...systemActions,
  ...statsActions,
  ...configActions,
} satisfies Record<string, ActionDefinition>

export type Actions = typeof ACTIONS
export type ActionName = keyof Actions
export type InputOf<A extends ActionName> = InputOfDefinition<Actions[A]>
export type OutputOf<A extends ActionName> = OutputOfDefinition<Actions[A]>
export const ACTION_NAMES = Object.keys(ACTIONS) as ActionName[]

/** The definition of an action by the name a client sent; undefined for anything else, inherited names included. */
export const findAction = (name: string): ActionDefinition | undefined =>
  Object.hasOwn(ACTIONS, name) ? ACTIONS[name as ActionName] : undefined
