import { DownloadOutlined } from '@ant-design/icons'
import { Alert, Button, Flex } from 'antd'
import { useMemo } from 'react'
import type { RunControl } from '../../components/use-run.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { countsOf } from './count-outcomes.ts'
import { FileTitle } from './file-title.tsx'
import type { ImportRun, RowResult } from './import-run.ts'
import type { Mapping } from './map-columns.tsx'
import type { PlannedRow } from './plan-rows.ts'
import { RowsTable } from './rows-table.tsx'
import { RunProgress } from './run-progress.tsx'
import { importTexts } from './texts.ts'

interface ImportResultProps {
  readonly name: string
  readonly rows: readonly PlannedRow[]
  readonly mapping: Mapping
  /** Of all rows: of the import, and of the check where it left them out. */
  readonly results: ReadonlyMap<number, RowResult>
  readonly work: RunControl<ImportRun>
  readonly isSaved: boolean
  readonly onCredentials: () => void
  readonly onErrors: () => void
  readonly onAnother: () => void
}

/** What is being done and was done, and the credentials that there are only here. */
export const ImportResult = (props: ImportResultProps) => {
  const { isSaved, mapping, name, onAnother, onCredentials, onErrors, results, rows, work } = props
  const t = useTexts(importTexts)
  const language = useLanguage()
  const number = (count: number): string => formatNumber(count, language)
  const counts = useMemo(() => countsOf(rows, results), [rows, results])
  const credentials = useMemo(() => [...results.values()].flatMap(({ credential }) => credential ?? []), [results])
  const withheld = credentials.filter(({ secret_withheld }) => secret_withheld === true).length
  const shown = credentials.length - withheld
  const phase = work.state?.phase
  const isBusy = phase === 'running' || phase === 'stopping'
  const summary = {
    created: number(counts.created),
    updated: number(counts.updated),
    unchanged: number(counts.unchanged),
    error: number(counts.error),
  }
  return (
    <Flex vertical gap={16}>
      <FileTitle name={name} rows={rows.length}>
        {!isBusy && counts.error > 0 && <Button onClick={onErrors}>{t('downloadErrors')}</Button>}
        {!isBusy && <Button onClick={onAnother}>{t('another')}</Button>}
      </FileTitle>
      <RunProgress control={work} text="importing" />
      {phase === 'done' && (
        <Alert
          type={counts.error > 0 ? 'warning' : 'success'}
          showIcon
          role="status"
          title={counts.error > 0 ? t('finishedWrong') : t('finished')}
          description={t('summary', summary)}
        />
      )}
      {!isBusy && shown > 0 && (
        <Alert
          type={isSaved ? 'info' : 'warning'}
          showIcon
          title={isSaved ? t('credentialsSaved') : t('credentials', { count: shown, number: number(shown) })}
          description={isSaved ? t('credentialsSavedAbout') : t('credentialsAbout')}
          action={
            <Button
              type={isSaved ? 'default' : 'primary'}
              icon={<DownloadOutlined aria-hidden />}
              onClick={onCredentials}
            >
              {t('downloadCredentials')}
            </Button>
          }
        />
      )}
      {!isBusy && withheld > 0 && (
        <Alert
          type="warning"
          showIcon
          role="alert"
          title={t('withheld', { count: withheld, number: number(withheld) })}
        />
      )}
      <RowsTable rows={rows} mapping={mapping} results={results} />
    </Flex>
  )
}
