import { expect, it } from 'vitest'
import { CLIENT_RIGHTS, CONDITIONS, PERMISSIONS, ROLE_NAMES, ROLES, RULES, SCOPED_ROLES } from '../src/index.ts'

it('the roles allow what contract 6 says', () => {
  expect(ROLES).toEqual({
    owner: ['org.manage', 'group.manage', 'group.create', 'agent.manage', 'audit.read', 'system.manage'],
    admin: ['org.manage', 'group.manage', 'agent.manage', 'group.create', 'system.manage'],
    hr: ['org.manage'],
    agent_manager: ['agent.manage'],
    auditor: ['audit.read'],
    member: ['group.create'],
  })
  expect(ROLE_NAMES).toEqual(Object.keys(ROLES))
})

it('the owner has every permission, and every permission is in some role beside', () => {
  expect([...ROLES.owner].sort()).toEqual([...PERMISSIONS].sort())
  const others = ROLE_NAMES.filter((role) => role !== 'owner').flatMap((role): readonly string[] => ROLES[role])
  expect(PERMISSIONS.filter((permission) => !others.includes(permission))).toEqual([])
})

it('only roles that manage the organisation are limited to a department', () => {
  expect(SCOPED_ROLES.filter((role) => !(ROLES[role] as readonly string[]).includes('org.manage'))).toEqual([])
})

it('no permission is named that does not exist', () => {
  const named = [...Object.values(RULES), ...Object.values(CONDITIONS)].flatMap(
    ({ text }) => text.match(/`[a-z]+\.(manage|create|read)`/g) ?? [],
  )
  const unknown = named.filter((name) => !PERMISSIONS.some((permission) => `\`${permission}\`` === name))
  expect(unknown).toEqual([])
  const needed = CLIENT_RIGHTS.flatMap(({ permission }) => permission ?? [])
  expect(needed.filter((permission) => !PERMISSIONS.includes(permission))).toEqual([])
})
