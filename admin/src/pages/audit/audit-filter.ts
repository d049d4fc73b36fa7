import { AUDITED_READS } from '@mchat/schema/audited-reads'
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
  readonly changes_only?: true
}

const FIELDS = ['from', 'to', 'operator', 'for_action', 'target', 'code', 'changes_only'] as const

/** The change that takes every filter away. */
export const NO_FILTER = Object.fromEntries(FIELDS.map((field) => [field, '']))

/** @returns undefined where the address says nothing that the field takes */
const readField = (field: (typeof FIELDS)[number], text: string): string | number | true | undefined => {
  if (field === 'code') return /^\d+$/.test(text) ? Number(text) : undefined
  if (field === 'changes_only') return text === 'true' ? true : undefined
  return text === '' ? undefined : text
}

export const useAuditFilter = (): readonly [
  AuditFilter,
  (change: Partial<Record<keyof AuditFilter, string | undefined>>) => void,
] => {
  const [params, setParams] = useSearchParams()
  const text = params.toString()
  const filter = useMemo(() => {
    const given = new URLSearchParams(text)
    const entries = FIELDS.flatMap((field) => {
      const value = readField(field, given.get(field) ?? '')
      return value === undefined ? [] : [[field, value]]
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
  readonly dry_run?: true
}

const READS: readonly string[] = AUDITED_READS

/** Whether a row that was not asked for is one of those that are shown, as `audit.list` decides it. */
export const isShown = (filter: AuditFilter, row: Filterable): boolean =>
  (filter.from === undefined || row.at >= filter.from) &&
  (filter.to === undefined || row.at < filter.to) &&
  (filter.operator === undefined || row.operator_employee_id === filter.operator) &&
  (filter.for_action === undefined || row.action === filter.for_action) &&
  (filter.target === undefined || row.target === filter.target) &&
  (filter.code === undefined || row.code === filter.code) &&
  (filter.changes_only === undefined || (row.code === 0 && row.dry_run !== true && !READS.includes(row.action)))

export const asInput = (filter: AuditFilter): Omit<InputOf<'audit.list'>, 'cursor'> => ({ ...filter, limit: 100 })
