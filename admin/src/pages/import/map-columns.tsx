import { EMPLOYEE_COLUMNS, type EmployeeColumn } from '@mchat/schema/employee-columns'
import { Alert, Button, Flex, Select, Table, Typography } from 'antd'
import { useFreeHeight } from '../../components/use-free-height.ts'
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

/** The table of the file; what each column is stands above it. */
export const MapColumns = ({ mapping, name, onCheck, onMapping, onOtherFile, sheet }: MapColumnsProps) => {
  const t = useTexts(importTexts)
  const column = useTexts(columnTexts)
  const [ref, height] = useFreeHeight(280, 56)
  const isEnough = mapping.includes('name') || mapping.includes('employee_id')
  const choose = (i: number, chosen: EmployeeColumn | null): void =>
    // What was another column before is that no longer.
    onMapping(mapping.map((each, j) => (j === i ? chosen : each === chosen ? null : each)))
  return (
    <Flex vertical gap={16}>
      <FileTitle name={name} rows={sheet.rows.length} about={t('columnsAbout')}>
        <Button onClick={onOtherFile}>{t('otherFile')}</Button>
        <Button type="primary" disabled={!isEnough} onClick={onCheck}>
          {t('check')}
        </Button>
      </FileTitle>
      {!isEnough && <Alert type="warning" showIcon role="alert" title={t('needsColumns')} />}
      <section ref={ref} aria-label={t('preview')}>
        <Table<SheetRow>
          virtual
          size="small"
          rowKey="number"
          dataSource={sheet.rows as SheetRow[]}
          pagination={false}
          scroll={{ x: 72 + sheet.headers.length * 190, y: Math.max(160, height - 110) }}
          columns={[
            { title: t('row'), dataIndex: 'number', width: 72, align: 'right' },
            ...sheet.headers.map((header, i) => {
              const title = header === '' ? t('unnamed', { column: columnName(i) }) : header
              return {
                key: i,
                width: 190,
                ellipsis: true,
                title: (
                  <Flex vertical gap={6} style={{ padding: '4px 0' }}>
                    <Typography.Text type="secondary" ellipsis={{ tooltip: true }} style={{ fontWeight: 400 }}>
                      {title}
                    </Typography.Text>
                    <Select<EmployeeColumn | ''>
                      aria-label={t('columnIs', { header: title })}
                      value={mapping[i] ?? ''}
                      onChange={(chosen) => choose(i, chosen === '' ? null : chosen)}
                      variant={mapping[i] === null ? 'filled' : 'outlined'}
                      style={{ width: '100%', fontWeight: 400 }}
                      options={[
                        ...EMPLOYEE_COLUMNS.map((value) => ({ value, label: column(value) })),
                        { value: '' as const, label: t('notImported') },
                      ]}
                    />
                  </Flex>
                ),
                render: (_: unknown, { cells }: SheetRow) => (
                  <Typography.Text type={mapping[i] === null ? 'secondary' : undefined}>{cells[i]}</Typography.Text>
                ),
              }
            }),
          ]}
        />
      </section>
    </Flex>
  )
}
