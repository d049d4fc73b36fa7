import {
  departmentPaths,
  type Employee,
  type EmployeeRow,
  type FieldError,
  isId,
  LIMITS,
  MChatError,
  type MqttConnection,
  type OutputOf,
} from '@mchat/schema'
import { expiryOf, issueTokens } from '../../access/issue-token.ts'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employeeBatches } from '../../db/repositories/employee-batches.ts'
import { employees } from '../../db/repositories/employees.ts'
import { newId } from '../../platform/random.ts'
import { givenFacts, type Parents } from '../../policies/facts.ts'
import { normaliseGrants } from '../../policies/grants.ts'
import type { ChangeContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { announcements } from './announcements.ts'
import { changesTree } from './differences.ts'
import { forbiddenIn, rowErrors } from './import-judge.ts'
import { changesOf, type Draft, draftOf, type Known, outcomeOf, refuseManagers } from './import-plan.ts'
import { readRow } from './import-row.ts'

/**
 * All rows are judged before anything is written, and what is good is written in one transaction: a row is done as a whole or
 * not at all, whatever becomes of the others, and a request that fails has done nothing.
 */
export default defineHandler('employee.import', async (context, { rows, dry_run = false }) => {
  const { tx } = context
  const known = await lookUp(context, rows, dry_run)
  // When nobody changes them any more.
  const all = await departments.all(tx)
  const parents: Parents = new Map(all.map(({ department_id, parent_id }) => [department_id, parent_id]))
  await context.judge({ parents })
  const paths = departmentPaths(all)
  const drafts = rows.map((row) => draftOf(readRow(row, paths), known, () => newId('emp'), context.now.toISOString()))
  await refuse(context, drafts, known, parents)

  const outcomes = drafts.map(outcomeOf)
  const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length
  const counts = {
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    error: count('error'),
  }
  const created = drafts.filter((_draft, i) => outcomes[i] === 'created')
  const updated = drafts.filter((_draft, i) => outcomes[i] === 'updated')
  const connections = dry_run ? new Map<string, MqttConnection>() : await write(context, created, updated)
  const answer: OutputOf<'employee.import'> = {
    dry_run,
    counts,
    ...sharedConnection(connections),
    rows: drafts.map((draft, row) => {
      const outcome = outcomes[row] ?? 'error'
      const isChosen = draft.record.employee_id === undefined && (dry_run || outcome === 'error')
      const employee_id = isChosen ? undefined : draft.after.employee_id
      const connection = outcome === 'created' ? connections.get(draft.after.employee_id) : undefined
      return {
        row,
        outcome,
        ...(employee_id === undefined ? {} : { employee_id }),
        errors: draft.errors,
        ...(connection === undefined ? {} : { credential: credentialOf(connection) }),
      }
    }),
  }
  // Refused before the commit: what does not fit the broker could not be answered afterwards, and passwords would be lost.
  if (Buffer.byteLength(JSON.stringify(answer)) > LIMITS.importAnswerBytes) throw new MChatError('answer_too_large')
  context.note({ counts, ...(dry_run ? {} : notedOf(created, updated)) })
  return answer
})

const idsOf = (drafts: readonly Draft[]): string[] => drafts.map(({ after }) => after.employee_id)

/** Who was made and changed, and with what rights: for the audit log. */
const notedOf = (created: readonly Draft[], updated: readonly Draft[]): object => ({
  created_ids: idsOf(created),
  updated_ids: idsOf(updated),
  roles_given: created
    .filter(({ after }) => after.roles.length > 0)
    .map(({ after: { employee_id, roles } }) => ({ employee_id, roles })),
})

/**
 * Whoever the rows name. Unless it is a dry run they are locked, and after them, as `employee.update` does it, lines of managers
 * and the departments, which nobody changes from then on.
 */
const lookUp = async ({ tx }: ChangeContext, rows: readonly EmployeeRow[], dryRun: boolean): Promise<Known> => {
  const ids = namedIn(rows, 'employee_id')
  const managerIds = namedIn(rows, 'manager_id')
  if (!dryRun) {
    await employeeBatches.findForUpdate(tx, ids)
    await counters.lock(tx, 'reporting')
    await counters.lock(tx, 'org')
  }
  // Again where they are locked: somebody may have been added meanwhile.
  const found = dryRun ? await employees.findMany(tx, ids) : await employeeBatches.findForUpdate(tx, ids)
  const managers = await employees.findMany(tx, managerIds)
  return {
    people: new Map([...managers, ...found]),
    managersAbove: await employeeBatches.managersAbove(tx, [...ids, ...managerIds]),
  }
}

const namedIn = (rows: readonly EmployeeRow[], field: 'employee_id' | 'manager_id'): string[] => [
  ...new Set(rows.map((row) => (row[field] ?? '').trim()).filter(isId)),
]

const refuse = async (
  context: ChangeContext,
  drafts: readonly Draft[],
  known: Known,
  parents: Parents,
): Promise<void> => {
  const { caller, config, tx } = context
  const { membersMayCreateGroups } = config
  const rules = { employee: caller.employee, facts: givenFacts(known.people, parents), membersMayCreateGroups }
  const unnamed = drafts.filter(({ record }) => record.employee_id === undefined)
  const namesakes = await employeeBatches.namesakes(
    tx,
    unnamed.map(({ after }) => after.name),
  )
  const keyOf = ({ name, department_id }: Pick<Employee, 'name' | 'department_id'>): string =>
    JSON.stringify([name, department_id])
  const there = new Set(namesakes.map(keyOf))
  const seen = new Set<string>()
  for (const draft of drafts) {
    const { after, errors, record } = draft
    if (errors.length > 0) continue
    errors.push(...rowErrors(draft, parents))
    if (errors.length === 0) errors.push(...(await forbiddenIn(draft, rules)))
    if (record.employee_id !== undefined) {
      if (seen.has(after.employee_id)) errors.push(TWICE)
      seen.add(after.employee_id)
    } else if (there.has(keyOf(after))) {
      // Without an id nobody can be recognised: the same file again would make everybody a second time.
      errors.push(NAMESAKE)
    }
    // As they will be there for the next request, whoever has an id, too: it makes no difference where a file was divided.
    if (errors.length === 0) there.add(keyOf(after))
  }
  refuseManagers(drafts, known)
}

const TWICE: FieldError = { field: 'employee_id', rule: 'unique', message: 'Another row before this one has the same.' }
const NAMESAKE: FieldError = {
  field: 'name',
  rule: 'unique',
  message: 'Somebody in this department has this name; give an employee_id, theirs or a new one.',
}

/** @returns how each of those who were created connects */
const write = async (
  context: ChangeContext,
  created: readonly Draft[],
  updated: readonly Draft[],
): Promise<Map<string, MqttConnection>> => {
  const { tx, now, effects, config } = context
  const people = created.map(({ after }) => ({ ...after, roles: normaliseGrants(after.roles), now }))
  const added = await employeeBatches.insert(tx, people)
  const saved = await employeeBatches.update(
    tx,
    updated.map(({ after }) => after),
    now,
  )
  const expiresAt = expiryOf(config, now)
  const ids = idsOf(created)
  const connections = await issueTokens(
    context,
    tx,
    ids.map((employeeId) => ({ employeeId, now, expiresAt })),
  )

  if (ids.length + updated.length > 0) {
    effects.push({ kind: 'employees_changed', employee_ids: [...ids, ...idsOf(updated)] })
  }
  if (ids.length > 0) effects.push({ kind: 'access_given', employee_ids: ids })
  for (const after of added.values()) effects.push(...announcements(undefined, after, [], false))
  let inTree = ids.length > 0
  for (const draft of updated) {
    const changed = changesOf(draft) ?? new Set()
    inTree ||= changesTree(draft.after, changed)
    const after = saved.get(draft.after.employee_id)
    if (after !== undefined) effects.push(...announcements(draft.before, after, changed, false))
  }
  if (inTree) {
    await counters.bump(tx, 'org')
    effects.push({ kind: 'org_changed' })
  }
  return new Map(ids.map((id, i) => [id, connections[i] as MqttConnection]))
}

/** What all of them have in common. */
const sharedConnection = (
  connections: ReadonlyMap<string, MqttConnection>,
): Pick<OutputOf<'employee.import'>, 'mqtt_connection'> => {
  const [first] = connections.values()
  if (first === undefined) return {}
  const { client_id: _, mqtt_username: __, mqtt_password: ___, ...shared } = first
  return { mqtt_connection: shared }
}

const credentialOf = ({ client_id, mqtt_username, mqtt_password }: MqttConnection) => ({
  ...(client_id === undefined ? {} : { client_id }),
  mqtt_username,
  ...(mqtt_password === undefined ? {} : { mqtt_password }),
})
