import type { EmployeeColumn } from '@mchat/schema/employee-columns'
import { Flex, Segmented, Table, Tag, Typography } from 'antd'
import type { ColumnsType } from 'antd/es/table'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { Nothing } from '../../components/page-states.tsx'
import { useFreeHeight } from '../../components/use-free-height.ts'
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
          onChange={(value) => setParams(value === 'all' ? {} : { show: value }, { replace: true })}
          options={[
            { value: 'all', label: `${t('all')} ${number(rows.length)}` },
            ...OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => ({
              value: outcome,
              label: `${t(outcome)} ${number(counts[outcome])}`,
            })),
          ]}
        />
      </div>
      <section ref={ref} aria-label={t('preview')}>
        <Table<PlannedRow>
          virtual
          size="small"
          rowKey="number"
          dataSource={visible as PlannedRow[]}
          pagination={false}
          locale={{ emptyText: <Nothing text={t('noneShown')} /> }}
          scroll={{ x: width, y: height - 40 }}
          columns={columns}
        />
      </section>
    </Flex>
  )
}

const outcomeOf = (results: ReadonlyMap<number, RowResult>, number: number): ShownOutcome =>
  results.get(number)?.outcome ?? 'left'

const useRowColumns = (mapping: Mapping, results: ReadonlyMap<number, RowResult>): ColumnsType<PlannedRow> => {
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
      { title: t('row'), dataIndex: 'number', width: 72, align: 'right' },
      {
        title: t('result'),
        key: 'result',
        width: 150,
        render: (_, row) => {
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
        render: (_: unknown, row: PlannedRow) => (
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
