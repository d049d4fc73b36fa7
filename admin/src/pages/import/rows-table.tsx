import type { EmployeeColumn } from '@mchat/schema/employee-columns'
import { Flex, Segmented, Tag, Typography } from 'antd'
import { useMemo } from 'react'
import { useLocation, useSearchParams } from 'react-router'
import { Nothing } from '../../components/page-states.tsx'
import { useFreeHeight } from '../../components/use-free-height.ts'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { countsOf, OUTCOMES, type ShownOutcome } from './count-outcomes.ts'
import type { RowResult } from './import-run.ts'
import type { Mapping } from './map-columns.tsx'
import type { PlannedRow, RowProblem } from './plan-rows.ts'
import { fieldOf, useRowProblemText } from './problem-texts.ts'
import { columnTexts, importTexts } from './texts.ts'

interface RowsTableProps {
  readonly rows: readonly PlannedRow[]
  readonly mapping: Mapping
  readonly results: ReadonlyMap<number, RowResult>
}

const COLOURS = { created: 'green', updated: 'blue', unchanged: 'default', error: 'red', left: 'default' } as const
const WIDTHS = { employee_id: 170, name: 170, skills_badge: 200 } as Readonly<Record<string, number>>

/** Every row with what becomes of it, and what is wrong beside the cell that it is about. */
export const RowsTable = ({ mapping, results, rows }: RowsTableProps) => {
  const t = useTexts(importTexts)
  const language = useLanguage()
  const [params, setParams] = useSearchParams()
  const { state } = useLocation()
  const [ref, height] = useFreeHeight(280, 56)
  const inOrder = useMemo(() => rows.toSorted((a, b) => a.number - b.number), [rows])
  const counts = useMemo(() => countsOf(rows, results), [rows, results])
  const wanted = params.get('show') as ShownOutcome | null
  const shown = wanted !== null && counts[wanted] > 0 ? wanted : undefined
  const visible = useMemo(
    () => (shown === undefined ? inOrder : inOrder.filter(({ number }) => outcomeOf(results, number) === shown)),
    [inOrder, results, shown],
  )
  const columns = useRowColumns(mapping, results)
  const width = columns.reduce((sum, { width: each }) => sum + Number(each), 0)
  const number = (count: number): string => formatNumber(count, language)
  return (
    <Flex vertical gap={12}>
      <div style={{ overflowX: 'auto' }}>
        <Segmented<ShownOutcome | 'all'>
          aria-label={t('result')}
          value={shown ?? 'all'}
          onChange={(value) => setParams(value === 'all' ? {} : { show: value }, { replace: true, state })}
          options={[
            { value: 'all', label: `${t('all')} ${number(rows.length)}` },
            ...OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => ({
              value: outcome,
              label: `${t(outcome)} ${number(counts[outcome])}`,
            })),
          ]}
        />
      </div>
      <div ref={ref}>
        <VirtualTable<PlannedRow>
          label={t('preview')}
          rows={visible}
          rowKey="number"
          columns={columns}
          width={width}
          height={height}
          rowHeight={40}
          isMeasured
          view={shown ?? 'all'}
          empty={<Nothing text={t('noneShown')} />}
        />
      </div>
    </Flex>
  )
}

const outcomeOf = (results: ReadonlyMap<number, RowResult>, number: number): ShownOutcome =>
  results.get(number)?.outcome ?? 'left'

const useRowColumns = (
  mapping: Mapping,
  results: ReadonlyMap<number, RowResult>,
): readonly VirtualColumn<PlannedRow>[] => {
  const t = useTexts(importTexts)
  const column = useTexts(columnTexts)
  const textOf = useRowProblemText()
  return useMemo(() => {
    const fields = mapping.filter((field) => field !== null)
    // The gateway names a department by its id, the file perhaps by its path.
    const isAbout = (problem: RowProblem, field: EmployeeColumn): boolean =>
      fieldOf(problem) === field ||
      (field === 'department' && fieldOf(problem) === 'department_id' && !fields.includes('department_id'))
    const problemsOf = ({ number }: PlannedRow): readonly RowProblem[] => results.get(number)?.problems ?? []
    const said = (problems: readonly RowProblem[]) =>
      problems.map((problem) => (
        <Typography.Text
          key={`${problem.field} ${problem.rule}`}
          type="danger"
          style={{ fontSize: 12, display: 'block', whiteSpace: 'normal' }}
        >
          {textOf(problem)}
        </Typography.Text>
      ))
    return [
      { key: 'row', title: t('row'), width: 72, align: 'right', render: ({ number }) => number },
      {
        title: t('result'),
        key: 'result',
        width: 150,
        render: (row) => {
          const outcome = outcomeOf(results, row.number)
          const others = problemsOf(row).filter((problem) => !fields.some((field) => isAbout(problem, field)))
          return (
            <>
              <Tag color={COLOURS[outcome]}>{t(outcome)}</Tag>
              {said(others)}
            </>
          )
        },
      },
      ...fields.map((field) => ({
        title: column(field),
        key: field,
        width: WIDTHS[field] ?? 190,
        render: (row: PlannedRow) => (
          <>
            <span style={{ overflowWrap: 'anywhere' }}>
              {row.cells[mapping.indexOf(field)] || (field === 'employee_id' && results.get(row.number)?.employeeId)}
            </span>
            {said(problemsOf(row).filter((problem) => isAbout(problem, field)))}
          </>
        ),
      })),
    ]
  }, [column, mapping, results, t, textOf])
}
