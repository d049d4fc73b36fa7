import {
  type DepartmentPaths,
  EmployeeRecord,
  type EmployeeRow,
  type FieldError,
  rolesIn,
  separated,
  withoutApostrophe,
} from '@mchat/schema'
import { Compile, type Validator } from 'typebox/compile'
import { fieldErrors } from '../../router/field-errors.ts'

/** A row, and what is wrong with its cells; the record is good only where nothing is. */
export interface ReadRow {
  readonly record: EmployeeRecord
  readonly errors: readonly FieldError[]
}

const validator = Compile(EmployeeRecord) as unknown as Validator
const MAX_REPORTED = 8

/** Takes the cells for what they say, as `employee.export` writes them or as JSON. */
export const readRow = (cells: EmployeeRow, paths: DepartmentPaths): ReadRow => {
  const text = (cell: string | undefined): string | undefined => {
    const said = cell === undefined ? undefined : withoutApostrophe(cell)
    return said === undefined || said.trim() === '' ? undefined : said
  }
  const word = (cell: string | undefined): string | undefined => text(cell)?.trim()
  const wordOrNull = (cell: string | null | undefined): string | null | undefined => (cell === null ? null : word(cell))
  const list = <T>(cell: string | T[] | undefined, read: (said: string) => T[]): T[] | undefined => {
    if (typeof cell !== 'string') return cell
    const said = text(cell)
    return said === undefined ? undefined : read(said)
  }

  const place = placeOf(
    wordOrNull(cells.department_id),
    cells.department === null ? null : text(cells.department),
    paths,
  )
  const said = {
    employee_id: word(cells.employee_id),
    name: text(cells.name),
    department_id: place.department_id,
    manager_id: wordOrNull(cells.manager_id),
    skills_badge: list(cells.skills_badge, (skills) => separated(skills, ';')),
    roles: list(cells.roles, rolesIn),
    status: word(cells.status),
  }
  const record = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const errors = validator.Check(record) ? [] : fieldErrors(validator, record, MAX_REPORTED)
  return { record: record as EmployeeRecord, errors: place.error === undefined ? errors : [place.error, ...errors] }
}

interface Place {
  readonly department_id?: string | null | undefined
  readonly error?: FieldError
}

/** A department may be named by its id, by its path, or by both where they agree. */
const placeOf = (id: string | null | undefined, path: string | null | undefined, paths: DepartmentPaths): Place => {
  if (path === undefined) return { department_id: id }
  const wrong = (rule: string, message: string): Place => ({ error: { field: 'department', rule, message } })
  const found: readonly (string | null)[] = path === null ? [null] : paths.idsAt(path)
  if (id !== undefined && !found.includes(id)) {
    return wrong('same', 'It is not the one that `department_id` names; leave one of the two empty.')
  }
  if (id !== undefined) return { department_id: id }
  if (found.length > 1) return wrong('unique', 'Several have this name there; say which by `department_id`.')
  return found.length === 0 ? wrong('exists', 'There is no such one.') : { department_id: found[0] }
}
