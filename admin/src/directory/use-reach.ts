import type { RoleGrant } from '@mchat/schema/roles'
import { useMemo } from 'react'
import { usePermissions, useSignedIn } from '../connection/connection-context.tsx'
import type { Directory } from './directory.ts'

interface PersonLike {
  readonly employee_id: string
  readonly department_id: string | null
  readonly is_ai_agent: boolean
}

/** Whom and what the reader may change, as the rules of the gateway have it (schema/src/rules.ts). */
export interface Reach {
  readonly isSelf: (person: PersonLike) => boolean
  /** Departments, and people of departments; null: at the top, or in none. */
  place(departmentId: string | null): boolean
  person(person: PersonLike): boolean
  /** Whatever these roles allow, the reader holds as widely; asked before somebody with them is disabled. */
  covers(grants: readonly RoleGrant[]): boolean
  /** Anything at all. */
  readonly any: boolean
  readonly managesAgents: boolean
}

/** @param directory undefined: not known yet; then a grant that is limited reaches only the department it names */
export const useReach = (directory: Directory | undefined): Reach => {
  const permissions = usePermissions()
  const { employeeId } = useSignedIn()
  return useMemo(() => {
    const isWithin = (departmentId: string, root: string): boolean =>
      departmentId === root || directory?.within(root).has(departmentId) === true
    const place = (departmentId: string | null): boolean => permissions.hasIn('org.manage', departmentId, isWithin)
    return {
      isSelf: ({ employee_id }) => employee_id === employeeId,
      place,
      person: ({ department_id, is_ai_agent }) =>
        place(department_id) || (is_ai_agent && permissions.has('agent.manage')),
      covers: (grants) => permissions.covers(grants, isWithin),
      any: permissions.has('org.manage'),
      managesAgents: permissions.has('agent.manage'),
    }
  }, [directory, employeeId, permissions])
}
