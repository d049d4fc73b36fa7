import { ROLE_NAMES } from '@mchat/schema/roles'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { type PeopleFilter, SORTS } from './filter-people.ts'

/** What is filtered by stands in the address, so that it can be sent to somebody. */
export const usePeopleFilter = (): readonly [PeopleFilter, (change: Partial<PeopleFilter>) => void] => {
  const [params, setParams] = useSearchParams()
  const filter = useMemo(() => read(params), [params])
  const change = useCallback(
    (changes: Partial<PeopleFilter>) =>
      setParams((before) => write(before, { ...read(before), ...changes }), { replace: true }),
    [setParams],
  )
  return [filter, change]
}

const oneOf = <const T extends string>(value: string | null, known: readonly T[]): T | undefined =>
  known.find((each) => each === value)

const read = (params: URLSearchParams): PeopleFilter => {
  const sort = params.get('sort')
  return {
    query: params.get('q') ?? '',
    departmentId: params.get('department'),
    isDirect: params.get('direct') === '1',
    kind: oneOf(params.get('kind'), ['people', 'agents']) ?? 'all',
    status: oneOf(params.get('status'), ['disabled', 'all']) ?? 'active',
    role: oneOf(params.get('role'), ROLE_NAMES),
    sort: oneOf(sort?.replace(/^-/, '') ?? null, SORTS) ?? 'name',
    isDescending: sort?.startsWith('-') === true,
  }
}

const write = (before: URLSearchParams, filter: PeopleFilter): URLSearchParams => {
  const params = new URLSearchParams(before)
  const set = (name: string, value: string | null | undefined, unsaid?: string): void => {
    if (value === null || value === undefined || value === '' || value === unsaid) params.delete(name)
    else params.set(name, value)
  }
  set('q', filter.query)
  set('department', filter.departmentId)
  set('direct', filter.isDirect ? '1' : '')
  set('kind', filter.kind, 'all')
  set('status', filter.status, 'active')
  set('role', filter.role)
  set('sort', `${filter.isDescending ? '-' : ''}${filter.sort}`, 'name')
  return params
}
