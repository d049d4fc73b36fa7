import { Flex, Select, Spin } from 'antd'
import { type KeyboardEvent, useEffect, useMemo, useState } from 'react'
import { useEmployeeList } from '../calls/employee-list.ts'
import { defineTexts, useTexts } from '../language/language.ts'
import { AgentTag } from './person-name.tsx'

const texts = defineTexts('person-select', {
  en: { search: 'Search by name or id', none: 'Nobody is found', failed: 'This could not be loaded' },
  'zh-CN': { search: '按姓名或 ID 搜索', none: '没有找到', failed: '加载失败' },
})

interface CommonProps {
  readonly id?: string
  readonly 'aria-label'?: string
  readonly placeholder?: string
  readonly disabled?: boolean
  readonly allowClear?: boolean
  /** Only people, or only AI agents; absent: both. */
  readonly only?: 'people' | 'agents'
  /** Who is not offered. */
  readonly except?: readonly string[]
  /** How those are called who are chosen already, where that is known. */
  readonly names?: Readonly<Record<string, string>>
}
type PersonSelectProps = CommonProps &
  (
    | {
        readonly mode?: undefined
        readonly value?: string | null
        readonly onChange?: (value: string | undefined) => void
      }
    | { readonly mode: 'multiple'; readonly value?: readonly string[]; readonly onChange?: (value: string[]) => void }
  )

/** Nobody looks through more; each of them is drawn again with every letter that is typed. */
const MOST_TAGS = 30

/** Chooses people out of however many there are: the gateway searches. Fits into a `Form.Item`. */
export const PersonSelect = ({
  except,
  mode,
  names,
  only,
  onChange,
  placeholder,
  value,
  ...rest
}: PersonSelectProps) => {
  const t = useTexts(texts)
  const [typed, setTyped] = useState('')
  const query = typed.trim()
  const { entries, fetchNextPage, hasNextPage, isError, isFetching } = useEmployeeList({
    limit: 50,
    ...(only === undefined ? {} : { is_ai_agent: only === 'agents' }),
    ...(query === '' ? {} : { query }),
  })
  const options = useMemo(
    () =>
      entries
        .filter(({ employee_id }) => !except?.includes(employee_id))
        .map(({ employee_id, is_ai_agent, name }) => ({
          value: employee_id,
          label: `${name} (${employee_id})`,
          isAgent: is_ai_agent,
        })),
    [entries, except],
  )
  // Of those found so far nobody may be offered: there may be others.
  const isMoreNeeded = options.length === 0 && hasNextPage && !isFetching && !isError
  useEffect(() => {
    if (isMoreNeeded) void fetchNextPage({ cancelRefetch: false })
  }, [fetchNextPage, isMoreNeeded])
  const chosen = [value ?? []].flat() as string[]
  // Whoever is chosen is not always among those found. Offered all the same, they would be taken back by Enter.
  const [labels] = useState(() => new Map<unknown, string>())
  useEffect(() => {
    for (const { label, value: id } of options) labels.set(id, label)
  }, [labels, options])
  const labelOf = (id: string): string => labels.get(id) ?? (names?.[id] === undefined ? id : `${names[id]} (${id})`)
  // The choice would be taken back by Tab, with which one goes on: it does what Enter does in a list of which several are chosen.
  const keepChosen = (event: KeyboardEvent): void => {
    if (mode === 'multiple' && event.key === 'Tab') event.stopPropagation()
  }
  const select = (
    <Select
      {...rest}
      {...(mode === undefined ? {} : { mode, maxTagCount: MOST_TAGS })}
      value={(mode === 'multiple' ? chosen : (value ?? undefined)) as never}
      onChange={(next: never) => onChange?.(next)}
      placeholder={placeholder ?? t('search')}
      showSearch={{ filterOption: false, onSearch: setTyped, searchValue: typed }}
      onOpenChange={(isOpen) => !isOpen && setTyped('')}
      // The next one is searched for anew.
      onSelect={() => setTyped('')}
      options={options}
      labelRender={({ label, value: id }) => label ?? labelOf(String(id))}
      optionRender={({ data, label }) => (
        <Flex gap={8} justify="space-between">
          <span style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{label}</span>
          {data.isAgent && <AgentTag />}
        </Flex>
      )}
      notFoundContent={isFetching ? <Spin size="small" /> : t(isError ? 'failed' : 'none')}
      style={{ width: '100%' }}
    />
  )
  return (
    <div role="presentation" style={{ display: 'contents' }} onKeyDownCapture={keepChosen}>
      {select}
    </div>
  )
}
