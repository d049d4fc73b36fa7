import { EMPLOYEE_COLUMNS, type EmployeeColumn } from '@mchat/schema/employee-columns'
import { Alert, Button, Flex, Select, Typography } from 'antd'
import { useMemo } from 'react'
import { useFreeHeight } from '../../components/use-free-height.ts'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { useTexts } from '../../language/language.ts'
import { FileTitle } from './file-title.tsx'
import { columnName, type Sheet, type SheetRow } from './sheet.ts'
import { columnTexts, importTexts } from './texts.ts'

export type Mapping = readonly (EmployeeColumn | null)[]

interface MapColumnsProps {
  readonly name: string
  readonly sheet: Sheet
  readonly mapping: Mapping
  readonly onMapping: (mapping: Mapping) => void
  readonly onCheck: () => void
  readonly onOtherFile: () => void
}

const ROW_WIDTH = 72
const COLUMN_WIDTH = 190

/** The table of the file; what each column is stands above it. */
export const MapColumns = ({ mapping, name, onCheck, onMapping, onOtherFile, sheet }: MapColumnsProps) => {
  const t = useTexts(importTexts)
  const column = useTexts(columnTexts)
  const [ref, height] = useFreeHeight(280, 56)
  const isEnough = mapping.includes('name') || mapping.includes('employee_id')
  const columns = useMemo((): readonly VirtualColumn<SheetRow>[] => {
    const choose = (i: number, chosen: EmployeeColumn | null): void =>
      // What was another column before is that no longer.
      onMapping(mapping.map((each, j) => (j === i ? chosen : each === chosen ? null : each)))
    const options = [
      ...EMPLOYEE_COLUMNS.map((value) => ({ value, label: column(value) })),
      { value: '' as const, label: t('notImported') },
    ]
    return [
      { key: 'row', title: t('row'), width: ROW_WIDTH, align: 'right', render: ({ number }) => number },
      ...sheet.headers.map((header, i) => {
        const title = header === '' ? t('unnamed', { column: columnName(i) }) : header
        const isLeft = mapping[i] === null
        return {
          key: String(i),
          width: COLUMN_WIDTH,
          isCut: true,
          title: (
            <Flex vertical gap={6} style={{ padding: '10px 0' }}>
              <Typography.Text type="secondary" ellipsis={{ tooltip: true }} style={{ fontWeight: 400 }}>
                {title}
              </Typography.Text>
              <Select<EmployeeColumn | ''>
                aria-label={t('columnIs', { header: title })}
                value={mapping[i] ?? ''}
                onChange={(chosen) => choose(i, chosen === '' ? null : chosen)}
                variant={isLeft ? 'filled' : 'outlined'}
                style={{ width: '100%', fontWeight: 400 }}
                options={options}
              />
            </Flex>
          ),
          render: ({ cells }: SheetRow) => (
            <Typography.Text type={isLeft ? 'secondary' : undefined}>{cells[i]}</Typography.Text>
          ),
        }
      }),
    ]
  }, [column, mapping, onMapping, sheet, t])
  return (
    <Flex vertical gap={16}>
      <FileTitle name={name} rows={sheet.rows.length} about={t('columnsAbout')}>
        <Button onClick={onOtherFile}>{t('otherFile')}</Button>
        <Button type="primary" disabled={!isEnough} onClick={onCheck}>
          {t('check')}
        </Button>
      </FileTitle>
      {!isEnough && <Alert type="warning" showIcon role="alert" title={t('needsColumns')} />}
      {isEnough && !mapping.includes('employee_id') && (
        <Alert type="warning" showIcon role="status" title={t('noIdColumn')} description={t('noIdColumnAbout')} />
      )}
      <div ref={ref}>
        <VirtualTable<SheetRow>
          label={t('preview')}
          rows={sheet.rows}
          rowKey="number"
          columns={columns}
          width={ROW_WIDTH + sheet.headers.length * COLUMN_WIDTH}
          height={Math.max(270, height)}
          rowHeight={40}
        />
      </div>
    </Flex>
  )
}
