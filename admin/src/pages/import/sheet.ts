import { FileProblem } from './file-problem.ts'

/** A browser shows and sends these without trouble; what is larger is for several files. */
export const FILE_BYTES: number = 5 * 1024 * 1024
export const FILE_ROWS = 20_000
export const FILE_COLUMNS = 64

export interface SheetRow {
  /** As a spreadsheet counts them: the header is 1. */
  readonly number: number
  /** As many as there are headers. */
  readonly cells: readonly string[]
}
export interface Sheet {
  readonly headers: readonly string[]
  readonly rows: readonly SheetRow[]
}

/**
 * The first row that is not empty is the header. Empty rows are passed over, and counted.
 * @throws FileProblem what is no table, naming row and column
 */
export const sheetOf = (lines: readonly (readonly string[])[]): Sheet => {
  const isEmpty = (line: readonly string[]): boolean => line.every((cell) => cell.trim() === '')
  const first = lines.findIndex((line) => !isEmpty(line))
  const headerLine = lines[first]
  if (headerLine === undefined) throw new FileProblem('empty')
  const width = headerLine.findLastIndex((cell) => cell.trim() !== '') + 1
  if (width > FILE_COLUMNS) throw new FileProblem('too_many_columns', { columns: width, limit: FILE_COLUMNS })
  const rows: SheetRow[] = []
  for (const [i, line] of lines.entries()) {
    if (i <= first || isEmpty(line)) continue
    const beyond = line.findIndex((cell, column) => column >= width && cell.trim() !== '')
    if (beyond >= 0) throw new FileProblem('too_wide', { row: i + 1, column: columnName(beyond), limit: width })
    rows.push({ number: i + 1, cells: Array.from({ length: width }, (_, column) => line[column] ?? '') })
  }
  if (rows.length === 0) throw new FileProblem('no_rows')
  if (rows.length > FILE_ROWS) throw new FileProblem('too_many_rows', { rows: rows.length, limit: FILE_ROWS })
  return { headers: headerLine.slice(0, width).map((header) => header.trim()), rows }
}

/** As spreadsheets name them: A to Z, AA and so on. @param column from 0 */
export const columnName = (column: number): string =>
  column < 26
    ? String.fromCharCode(65 + column)
    : columnName(Math.floor(column / 26) - 1) + String.fromCharCode(65 + (column % 26))
