import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useDepartmentList } from '../calls/department-list.ts'
import { useEmployeeLookUp } from '../calls/employee-look-up.ts'
import { useGroupLookUp } from '../calls/group-look-up.ts'
import { usePermissions } from '../connection/connection-context.tsx'
import styles from './person-name.module.css'
import { AgentTag, pathOfPerson } from './person-name.tsx'

interface NamedProps {
  readonly id: string
  /** In one line, for within a sentence; otherwise with the id beneath. */
  readonly isShort?: boolean
}

interface ShownProps extends NamedProps {
  readonly isAgent?: boolean
  readonly name: string
  readonly path: string
}

const Shown = ({ id, isAgent = false, isShort = false, name, path }: ShownProps): ReactNode => {
  const link = (
    <Link to={path} className={styles.cut} title={name}>
      {name}
    </Link>
  )
  if (isShort) return link
  return (
    <span className={styles.words}>
      <span className={styles.name}>
        {link}
        {isAgent && <AgentTag />}
      </span>
      <span className={`${styles.cut} ${styles.id}`}>{id}</span>
    </span>
  )
}

/** Of a row in a list, by the id it has; where nobody is known by it, the id. */
export const NamedPerson = ({ id, isShort = false }: NamedProps): ReactNode => {
  const person = useEmployeeLookUp({ employee_id: id })
  if (person === undefined) return id
  const { is_ai_agent, name } = person
  return <Shown id={id} isAgent={is_ai_agent} isShort={isShort} name={name} path={pathOfPerson(person)} />
}

/** Groups that the reader is not in are known to those who manage all groups; nobody else asks. */
export const NamedGroup = ({ id, isShort = false }: NamedProps): ReactNode => {
  const mayAsk = usePermissions().has('group.manage')
  const group = useGroupLookUp(mayAsk ? { group_id: id } : undefined)
  if (group === undefined) return id
  return <Shown id={id} isShort={isShort} name={group.name} path={`/console/groups/${encodeURIComponent(id)}`} />
}

export const NamedDepartment = ({ id, isShort = false }: NamedProps): ReactNode => {
  const { data } = useDepartmentList({})
  const department = data?.find(({ department_id }) => department_id === id)
  if (department === undefined) return id
  const path = `/console/organisation?department=${encodeURIComponent(id)}`
  return <Shown id={id} isShort={isShort} name={department.name} path={path} />
}
