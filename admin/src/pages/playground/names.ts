import { type MChatClient, RequestRejectedError } from '@mchat/sdk'
import { useQueries } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { useGroupGet } from '../../calls/group-get.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import type { Place } from './conversation.ts'
import { playgroundTexts } from './texts.ts'

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

/** What groups were called when they were seen last: of one that is gone nobody tells the name any more. */
const seen = new WeakMap<MChatClient, Map<string, string>>()

const seenBy = (client: MChatClient): Map<string, string> => {
  const names = seen.get(client) ?? new Map<string, string>()
  seen.set(client, names)
  return names
}

const codeOf = (error: unknown): number | undefined => (error instanceof RequestRejectedError ? error.code : undefined)

/** What a conversation is called. */
export const usePlace = ({ id, type }: Place) => {
  const person = useEmployeeGet(type === 'private' ? { employee_id: id } : undefined)
  const group = useGroupGet(type === 'group' ? { group_id: id } : undefined)
  const t = useTexts(playgroundTexts)
  const names = seenBy(useClient())
  const groupName = group.data?.name
  useEffect(() => {
    if (groupName !== undefined) names.set(id, groupName)
  }, [names, id, groupName])
  const unknown = { 403: t('groupNotIn'), 404: t('groupGone') }[codeOf(group.error) ?? 0] ?? id
  return {
    name: person.data?.name ?? groupName ?? (type === 'group' ? names.get(id) : undefined) ?? unknown,
    person: person.data,
    group: group.data,
    error: person.error ?? group.error,
    refetch: type === 'private' ? person.refetch : group.refetch,
  }
}
