import { expect, it } from 'vitest'
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionDefinition,
  CHANGE_NOUNS,
  type ChangeNoun,
  changedNounOf,
  changeNoun,
  type ROLE_NAMES,
  ROLES,
  SCOPED_ROLES,
} from '../src/index.ts'

const NOUNS = Object.keys(CHANGE_NOUNS) as ChangeNoun[]
const definition = (action: keyof typeof ACTIONS): ActionDefinition => ACTIONS[action]

it('every audited change says what it changes', () => {
  const changes = ACTION_NAMES.filter((action) => {
    const { audited, kind } = definition(action)
    return kind === 'change' && audited !== undefined
  })
  expect(changes.filter((action) => changedNounOf(action) === undefined)).toEqual([])
})

it('an action that has a noun of its own keeps it, and others follow their first word', () => {
  expect(changedNounOf('employee.update')).toBe('employee')
  expect(changedNounOf('employee.reset_credentials')).toBe('credential')
  expect(changedNounOf('auth.totp_remove')).toBe('credential')
  expect(changedNounOf('group.leave')).toBe('group')
  expect(changedNounOf('system.announce')).toBe('announcement')
  expect(changedNounOf('msg.send_private')).toBeUndefined()
  expect(changedNounOf('constructor.name')).toBeUndefined()
})

it('the owner is told of everything, a member of nothing, and each of the others of what they administer', () => {
  const nounsOf = (role: (typeof ROLE_NAMES)[number]): ChangeNoun[] => {
    const permissions: readonly string[] = ROLES[role]
    return NOUNS.filter((noun) => changeNoun(noun).toldTo.some(({ permission }) => permissions.includes(permission)))
  }
  expect(nounsOf('owner')).toEqual(NOUNS)
  expect(nounsOf('admin')).toEqual(NOUNS.filter((noun) => noun !== 'audit'))
  expect(nounsOf('hr')).toEqual(['employee', 'role', 'credential', 'session', 'department'])
  expect(nounsOf('auditor')).toEqual(['audit'])
  expect(nounsOf('agent_manager')).toEqual(['employee', 'role', 'credential', 'session', 'agent', 'run'])
  expect(nounsOf('member')).toEqual([])
})

it('what a limited role is told of has a place, so that the limit can be judged', () => {
  const limited = SCOPED_ROLES.flatMap((role): readonly string[] => ROLES[role])
  const told = NOUNS.filter((noun) => changeNoun(noun).toldTo.some(({ permission }) => limited.includes(permission)))
  expect(told.filter((noun) => changeNoun(noun).place === undefined)).toEqual([])
})
