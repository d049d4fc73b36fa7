import { departmentPaths } from '@mchat/schema/department-paths'
import { Card, Flex, Steps } from 'antd'
import { useCallback, useMemo, useState } from 'react'
import { useDepartmentList } from '../../calls/department-list.ts'
import { useEmployeeImport } from '../../calls/employee-import.ts'
import { newSeqId } from '../../calls/seq-id.ts'
import { downloadText } from '../../components/download-text.ts'
import { useLeaveGuard } from '../../components/use-leave-guard.ts'
import { useRun } from '../../components/use-run.ts'
import { deployment } from '../../deployment.ts'
import { useTexts } from '../../language/language.ts'
import { ChooseFile } from './choose-file.tsx'
import { guessColumns } from './guess-columns.ts'
import { credentialsCsv, errorsCsv } from './import-files.ts'
import { ImportResult } from './import-result.tsx'
import { createImportRun, type ImportRun, type RowResult } from './import-run.ts'
import { MapColumns, type Mapping } from './map-columns.tsx'
import { type PlannedRow, planRows } from './plan-rows.ts'
import { useRowProblemText } from './problem-texts.ts'
import { ReviewRows } from './review-rows.tsx'
import type { Sheet } from './sheet.ts'
import { importTexts } from './texts.ts'

interface ReadSheet {
  readonly name: string
  readonly sheet: Sheet
  readonly mapping: Mapping
}

/** A check asks for as much as fits; an import for what is done in a moment, and where a broker has to be told of everybody, for less. */
const ROWS_CHECKED = 500
const ROWS_DONE = deployment.isEmbedded && !deployment.bindsCredentials ? 200 : 100

const NO_ROWS: readonly PlannedRow[] = []
const NO_RESULTS: ReadonlyMap<number, RowResult> = new Map()

/** From a file to people: the file, what its columns are, what would happen, and what has. */
export const ImportPeople = () => {
  const t = useTexts(importTexts)
  const textOf = useRowProblemText()
  const send = useEmployeeImport()
  const departments = useDepartmentList({})
  const check = useRun<ImportRun>()
  const work = useRun<ImportRun>()
  const [read, setRead] = useState<ReadSheet>()
  const [rows, setRows] = useState(NO_ROWS)
  /** By the headers: whoever mends their file does not have to say again what its columns are. */
  const [chosenBefore] = useState(() => new Map<string, Mapping>())
  /** How many credentials were there when they were downloaded. */
  const [saved, setSaved] = useState(0)

  const checked = check.state?.run.results ?? NO_RESULTS
  const done = work.state?.run.results
  const results = useMemo(
    () => new Map([...(done === undefined ? [] : leftOut(checked)), ...(done ?? [])]),
    [checked, done],
  )
  const credentials = useMemo(
    () => [...results.values()].filter(({ credential }) => credential?.mqtt_password !== undefined).length,
    [results],
  )
  // Of what has failed it is not known whether it was done, and only this page can ask for the same again.
  const isOpen = ['running', 'stopping', 'failed'].includes(work.state?.phase ?? '')
  const askToLeave = useLeaveGuard(
    isOpen
      ? { title: t('leaveRunningTitle'), content: t('leaveRunning') }
      : credentials > saved
        ? { title: t('leaveTitle'), content: t('leaveAbout') }
        : undefined,
  )

  const begin = useCallback(
    (isDryRun: boolean, of: readonly PlannedRow[]) =>
      createImportRun({ rows: of, isDryRun, atMost: isDryRun ? ROWS_CHECKED : ROWS_DONE, newSeqId, send }),
    [send],
  )
  const changeMapping = useCallback(
    (mapping: Mapping): void => setRead((before) => before && { ...before, mapping }),
    [],
  )
  const takeFile = (name: string, sheet: Sheet): void =>
    setRead({ name, sheet, mapping: chosenBefore.get(keyOf(sheet)) ?? guessColumns(sheet.headers) })
  const beginCheck = (): void => {
    if (read === undefined) return
    chosenBefore.set(keyOf(read.sheet), read.mapping)
    const planned = planRows(read.sheet, read.mapping, departmentPaths(departments.data ?? []))
    setRows(planned)
    check.begin(begin(true, planned))
  }
  const beginWork = (): void => {
    const isDue = ({ number }: PlannedRow): boolean =>
      ['created', 'updated'].includes(checked.get(number)?.outcome ?? '')
    work.begin(begin(false, rows.filter(isDue)))
  }
  const startOver = (): void => {
    check.clear()
    work.clear()
    setRead(undefined)
    setRows(NO_ROWS)
    setSaved(0)
  }
  const saveErrors = (of: ReadonlyMap<number, RowResult>): void => {
    if (read === undefined) return
    const titles = { row: t('row'), problem: t('problem') }
    downloadText('errors.csv', 'text/csv', errorsCsv(read.sheet, rows, of, titles, textOf))
  }
  const saveCredentials = (): void => {
    if (work.state === undefined) return
    downloadText('credentials.csv', 'text/csv', credentialsCsv(rows, work.state.run))
    setSaved(credentials)
  }

  const step = work.state !== undefined ? 3 : check.state !== undefined ? 2 : read !== undefined ? 1 : 0
  return (
    <Card>
      <Flex vertical gap={24}>
        <Steps
          size="small"
          current={step}
          items={[t('stepFile'), t('stepColumns'), t('stepCheck'), t('stepImport')].map((title) => ({ title }))}
        />
        {read === undefined && <ChooseFile onRead={takeFile} />}
        {read !== undefined && step === 1 && (
          <MapColumns {...read} onMapping={changeMapping} onCheck={beginCheck} onOtherFile={startOver} />
        )}
        {read !== undefined && step === 2 && (
          <ReviewRows
            name={read.name}
            rows={rows}
            mapping={read.mapping}
            check={check}
            onBack={check.clear}
            onErrors={() => saveErrors(checked)}
            onImport={beginWork}
          />
        )}
        {read !== undefined && step === 3 && (
          <ImportResult
            name={read.name}
            rows={rows}
            mapping={read.mapping}
            results={results}
            work={work}
            isSaved={credentials <= saved}
            onCredentials={saveCredentials}
            onErrors={() => saveErrors(results)}
            onAnother={() => askToLeave(startOver)}
          />
        )}
      </Flex>
    </Card>
  )
}

const keyOf = ({ headers }: Sheet): string => JSON.stringify(headers)

/** What the check has decided, and the import did not ask for. */
const leftOut = (checked: ReadonlyMap<number, RowResult>): [number, RowResult][] =>
  [...checked].filter(([, { outcome }]) => outcome === 'error' || outcome === 'unchanged')
