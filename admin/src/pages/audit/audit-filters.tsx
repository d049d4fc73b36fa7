import { Button, DatePicker, Grid, Input, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import type { CSSProperties } from 'react'
import { ActionSelect } from '../../components/action-select.tsx'
import { PersonSelect } from '../../components/person-select.tsx'
import { useTexts } from '../../language/language.ts'
import type { AuditFilter } from './audit-filter.ts'
import { auditTexts } from './texts.ts'

interface AuditFiltersProps {
  readonly filter: AuditFilter
  readonly onChange: (change: Partial<Record<keyof AuditFilter, string | undefined>>) => void
  /** Absent: there is nothing to clear. */
  readonly onClear?: () => void
}

/** Those worth a filter; any other can be in the address of the page. */
const CODES = [0, 400, 401, 403, 404, 409, 413, 429, 500, 503, 504]

/** In columns that are alike, as many as there is room for; one below the other on a phone. */
const GRID: CSSProperties = {
  flex: '1 1 280px',
  minWidth: 0,
  display: 'grid',
  gap: 8,
  gridTemplateColumns: 'repeat(auto-fill, minmax(min(170px, 100%), 1fr))',
}

export const AuditFilters = ({ filter, onChange, onClear }: AuditFiltersProps) => {
  const t = useTexts(auditTexts)
  const isWide = Grid.useBreakpoint().sm === true
  const ago = (amount: number, unit: 'hour' | 'day'): [Dayjs, Dayjs] => [dayjs().subtract(amount, unit), dayjs()]
  return (
    <div style={GRID}>
      <DatePicker.RangePicker
        showTime
        aria-label={t('period')}
        placeholder={[t('from'), t('to')]}
        allowEmpty
        value={[
          filter.from === undefined ? null : dayjs(filter.from),
          filter.to === undefined ? null : dayjs(filter.to),
        ]}
        onChange={(range) => onChange({ from: range?.[0]?.toISOString(), to: range?.[1]?.toISOString() })}
        presets={[
          { label: t('lastHour'), value: () => ago(1, 'hour') },
          { label: t('today'), value: () => [dayjs().startOf('day'), dayjs()] },
          { label: t('last7'), value: () => ago(7, 'day') },
          { label: t('last30'), value: () => ago(30, 'day') },
        ]}
        style={{ gridColumn: isWide ? 'span 2' : '1 / -1' }}
      />
      <PersonSelect
        aria-label={t('operator')}
        placeholder={t('operator')}
        value={filter.operator ?? null}
        onChange={(operator) => onChange({ operator })}
        allowClear
      />
      <ActionSelect
        aria-label={t('action')}
        placeholder={t('action')}
        value={filter.for_action ?? null}
        onChange={(action) => onChange({ for_action: action })}
        allowClear
      />
      <Input
        key={filter.target ?? ''}
        aria-label={t('target')}
        placeholder={t('targetSearch')}
        defaultValue={filter.target ?? ''}
        onPressEnter={({ currentTarget }) => onChange({ target: currentTarget.value.trim() })}
        onBlur={({ currentTarget }) => onChange({ target: currentTarget.value.trim() })}
        allowClear
        spellCheck={false}
        maxLength={128}
      />
      <Select
        aria-label={t('result')}
        placeholder={t('result')}
        value={filter.code ?? null}
        onChange={(code: number | undefined) => onChange({ code: code === undefined ? undefined : String(code) })}
        options={CODES.map((code) => ({ value: code, label: code === 0 ? t('done') : t('code', { code }) }))}
        allowClear
      />
      {onClear !== undefined && (
        <Button onClick={onClear} style={{ justifySelf: 'start' }}>
          {t('clear')}
        </Button>
      )}
    </div>
  )
}
