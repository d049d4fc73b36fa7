import { useQueries } from '@tanstack/react-query'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { useGroupGet } from '../../calls/group-get.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { useLanguage } from '../../language/language.ts'
import type { Place } from './conversation.ts'

/** Several names, as they are listed in a sentence. */
export const useNames = (employeeIds: readonly string[]): string => {
  const client = useClient()
  const language = useLanguage()
  const names = useQueries({
    queries: employeeIds.slice(0, MOST_NAMES).map((employee_id) => ({
      queryKey: ['employee.get', { employee_id }],
      queryFn: () => client.request('employee.get', { employee_id }),
      meta: { movedBy: ['employee', 'agent', 'role'] },
    })),
  }).map(({ data }, index) => data?.name ?? employeeIds[index] ?? '')
  const more = employeeIds.length > MOST_NAMES ? [`+${employeeIds.length - MOST_NAMES}`] : []
  return new Intl.ListFormat(language, { type: 'conjunction' }).format([...names, ...more])
}
const MOST_NAMES = 5

/** What a conversation is called. */
export const usePlace = ({ id, type }: Place) => {
  const person = useEmployeeGet(type === 'private' ? { employee_id: id } : undefined)
  const group = useGroupGet(type === 'group' ? { group_id: id } : undefined)
  return {
    name: person.data?.name ?? group.data?.name ?? id,
    person: person.data,
    group: group.data,
    error: person.error ?? group.error,
    refetch: type === 'private' ? person.refetch : group.refetch,
  }
}
