import { Alert, App, Button, Flex } from 'antd'
import { useMemo } from 'react'
import type { RunControl } from '../../components/use-run.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { countsOf } from './count-outcomes.ts'
import { FileTitle } from './file-title.tsx'
import type { ImportRun, RowResult } from './import-run.ts'
import type { Mapping } from './map-columns.tsx'
import type { PlannedRow } from './plan-rows.ts'
import { rolesGiven } from './roles-given.ts'
import { RowsTable } from './rows-table.tsx'
import { RunProgress } from './run-progress.tsx'
import { importTexts } from './texts.ts'
import { useRolesGivenText } from './use-roles-given-text.ts'

interface ReviewRowsProps {
  readonly name: string
  readonly rows: readonly PlannedRow[]
  readonly mapping: Mapping
  readonly check: RunControl<ImportRun>
  readonly onBack: () => void
  readonly onErrors: () => void
  readonly onImport: () => void
}

const NO_RESULTS: ReadonlyMap<number, RowResult> = new Map()

/** What the import would do, before it is begun. */
export const ReviewRows = ({ check, mapping, name, onBack, onErrors, onImport, rows }: ReviewRowsProps) => {
  const t = useTexts(importTexts)
  const language = useLanguage()
  const { modal } = App.useApp()
  const { state } = check
  const results = state?.run.results ?? NO_RESULTS
  const given = useRolesGivenText(useMemo(() => rolesGiven(rows, results), [rows, results]))
  if (state === undefined) return null
  const counts = countsOf(rows, results)
  const todo = counts.created + counts.updated
  const isDone = state.phase === 'done'
  const number = (count: number): string => formatNumber(count, language)
  const importText = t('begin', { count: todo, number: number(todo) })
  const begin = (): void => {
    if (given === undefined) onImport()
    else
      void modal.confirm({
        title: t('rolesAsk'),
        content: given,
        okText: importText,
        cancelText: t('cancel'),
        onOk: onImport,
      })
  }
  return (
    <Flex vertical gap={16}>
      <FileTitle name={name} rows={rows.length}>
        <Button onClick={onBack}>{t('toColumns')}</Button>
        {isDone && counts.error > 0 && <Button onClick={onErrors}>{t('downloadErrors')}</Button>}
        {isDone && todo > 0 && (
          <Button type="primary" onClick={begin}>
            {importText}
          </Button>
        )}
      </FileTitle>
      <RunProgress control={check} text="checking" />
      {isDone && counts.error === 0 && (
        <Alert type="success" showIcon role="status" title={todo === 0 ? t('nothingToDo') : t('allGood')} />
      )}
      {isDone && counts.error > 0 && (
        <Alert
          type={todo === 0 ? 'error' : 'warning'}
          showIcon
          role="alert"
          title={t('someWrong', { count: counts.error, number: number(counts.error) })}
          description={todo === 0 && counts.unchanged === 0 ? t('nothingGood') : t('someWrongAbout')}
        />
      )}
      {isDone && given !== undefined && (
        <Alert type="warning" showIcon role="alert" title={given} description={t('rolesGivenAbout')} />
      )}
      <RowsTable rows={rows} mapping={mapping} results={results} />
    </Flex>
  )
}
