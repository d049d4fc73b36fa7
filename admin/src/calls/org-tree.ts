import { type MChatClient, RequestRejectedError } from '@mchat/sdk'
import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { useClient } from '../connection/connection-context.tsx'
import type { DirectoryDepartment, DirectoryPerson, OrgTree } from '../directory/directory.ts'
import { allPages } from './call.ts'

const KEY = ['org.tree']
/** Between two times that it is asked for, while it changes all the time: the more there is of it, the longer. */
const pauseMs = (people: number): number => Math.min(Math.max(people / 5, 300), 4000)

/**
 * The whole organisation in one answer, asked for again only when it has changed; where the broker carries no answer so
 * large, page by page.
 */
export const useOrgTree = (): UseQueryResult<OrgTree, Error> => {
  const client = useClient()
  const queries = useQueryClient()
  return useQuery<OrgTree, Error>({
    queryKey: KEY,
    queryFn: ({ signal }) => fetchTree(client, queries, signal),
    // Comparing it with the one before, entry by entry, takes longer than showing it.
    structuralSharing: false,
    meta: { movedBy: ['department'] },
  })
}

const lastAsked = new WeakMap<MChatClient, number>()

const fetchTree = async (client: MChatClient, queries: QueryClient, signal: AbortSignal): Promise<OrgTree> => {
  const before = queries.getQueryData<OrgTree>(KEY)
  const asked = lastAsked.get(client)
  if (before !== undefined && asked !== undefined) {
    const left = asked + pauseMs(before.employees.length) - performance.now()
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
    signal.throwIfAborted()
  }
  lastAsked.set(client, performance.now())
  const tree = await askTree(client, before)
  // What has changed meanwhile is asked for next; this is shown until then, even if nobody waits for it any more.
  if (signal.aborted) queries.setQueryData(KEY, tree)
  return tree
}

const askTree = async (client: MChatClient, before: OrgTree | undefined): Promise<OrgTree> => {
  const known = before?.version === undefined ? {} : { if_version: before.version }
  try {
    const answer = await client.request('org.tree', known)
    if (answer.unchanged === true && before !== undefined) return before
    return { version: answer.version, departments: answer.departments ?? [], employees: answer.employees ?? [] }
  } catch (error) {
    if (!(error instanceof RequestRejectedError) || error.reason !== 'answer_too_large') throw error
    const [departments, employees] = await Promise.all([
      allPages(client, 'department.list', {}, (page) => page.departments),
      allPages(client, 'employee.list', {}, (page) => page.employees),
    ])
    return { version: undefined, departments, employees }
  }
}

/** Shows at once what a change has answered; the tree itself is asked for again as soon as the gateway announces it. */
export const showInTree = (
  queries: QueryClient,
  {
    departments = [],
    people = [],
  }: { departments?: readonly DirectoryDepartment[]; people?: readonly DirectoryPerson[] },
): void => {
  queries.setQueryData<OrgTree>(KEY, (tree) => {
    if (tree === undefined) return undefined
    const changedDepartments = new Map(departments.map((one) => [one.department_id, one]))
    const changedPeople = new Map(people.map((one) => [one.employee_id, one]))
    return {
      // Not what that version is.
      version: undefined,
      departments: tree.departments.map((one) => changedDepartments.get(one.department_id) ?? one),
      employees:
        people.length === 0 ? tree.employees : tree.employees.map((one) => changedPeople.get(one.employee_id) ?? one),
    }
  })
}
