import type { InputOf } from '@mchat/sdk'
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'

/** What is shown of the log, kept in the address of the page. */
export interface AuditFilter {
  readonly from?: string
  readonly to?: string
  readonly operator?: string
  readonly for_action?: string
  readonly target?: string
  readonly code?: number
}

const FIELDS = ['from', 'to', 'operator', 'for_action', 'target', 'code'] as const

export const useAuditFilter = (): readonly [
  AuditFilter,
  (change: Partial<Record<keyof AuditFilter, string | undefined>>) => void,
] => {
  const [params, setParams] = useSearchParams()
  const text = params.toString()
  const filter = useMemo(() => {
    const given = new URLSearchParams(text)
    const entries = FIELDS.flatMap((field) => {
      const value = given.get(field)
      if (value === null || value === '' || (field === 'code' && !/^\d+$/.test(value))) return []
      return [[field, field === 'code' ? Number(value) : value]]
    })
    return Object.fromEntries(entries) as AuditFilter
  }, [text])
  const change = useCallback(
    (changed: Partial<Record<keyof AuditFilter, string | undefined>>) =>
      setParams(
        (before) => {
          for (const [field, value] of Object.entries(changed)) {
            if (value === undefined || value === '') before.delete(field)
            else before.set(field, value)
          }
          return before
        },
        { replace: true },
      ),
    [setParams],
  )
  return [filter, change]
}

interface Filterable {
  readonly at: string
  readonly operator_employee_id: string | null
  readonly action: string
  readonly target: string | null
  readonly code: number
}

/** Whether a row that was not asked for is one of those that are shown; as `audit.list` decides it. */
export const isShown = (filter: AuditFilter, row: Filterable): boolean =>
  (filter.from === undefined || row.at >= filter.from) &&
  (filter.to === undefined || row.at < filter.to) &&
  (filter.operator === undefined || row.operator_employee_id === filter.operator) &&
  (filter.for_action === undefined || row.action === filter.for_action) &&
  (filter.target === undefined || row.target === filter.target) &&
  (filter.code === undefined || row.code === filter.code)

export const asInput = (filter: AuditFilter): Omit<InputOf<'audit.list'>, 'cursor'> => ({ ...filter, limit: 100 })
