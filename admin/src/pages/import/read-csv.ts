import { parse } from 'papaparse'
import { FileProblem } from './file-problem.ts'

/**
 * The cells of a CSV, line by line.
 * @throws FileProblem quotes that do not close, or close in the middle of a cell
 */
export const readCsv = (written: string): readonly (readonly string[])[] => {
  // Excel takes this line for what separates the cells, and does not count it.
  const [line = '', separator] = /^sep=(.)\r?\n/i.exec(written) ?? []
  const text = written.slice(line.length)
  const { data, errors } = parse<string[]>(text, { delimiter: separator ?? delimiterOf(text) })
  const [error] = errors
  if (error !== undefined) throw new FileProblem('quotes', { row: (error.row ?? 0) + 1 })
  return data
}

/**
 * Whatever separates the headers; further down a cell may have more semicolons than there are commas (`sql; charts`), which a
 * guess by all lines would be misled by.
 */
const delimiterOf = (text: string): string => {
  const header = (text.match(/^\s*(?:"(?:[^"]|"")*"|[^\r\n"])*/)?.[0] ?? '').replaceAll(/"(?:[^"]|"")*"/g, '')
  const count = (delimiter: string): number => header.split(delimiter).length
  return [',', '\t', ';', '|'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}
