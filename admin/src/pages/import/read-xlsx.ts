import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { readSheet } from 'read-excel-file/universal'
import { FileProblem } from './file-problem.ts'
import { MARK, withMarks } from './mark-cells.ts'
import { columnName, FILE_COLUMNS, FILE_ROWS } from './sheet.ts'

/** What the largest sheet that is taken can need, several times over. */
const INFLATED_BYTES = 48 * 1024 * 1024
/** Titles and empty lines before and between the rows. */
const SPARE_ROWS = 1000

/**
 * The cells of the first sheet, line by line, as they would be typed.
 * @throws FileProblem it is none, or would take more memory than a table of people can need
 */
export const readXlsx = async (bytes: Uint8Array): Promise<readonly (readonly string[])[]> => {
  const parts = inflated(bytes)
  for (const [path, part] of Object.entries(parts)) {
    if (!/worksheets\/[^/]*\.xml$/i.test(path)) continue
    const xml = strFromU8(part)
    refuseOpenTags(xml)
    refuseFarCells(xml)
    parts[path] = strToU8(withMarks(xml))
  }
  // What was looked at is what is read, and stored parts need no worker to inflate them.
  const stored = zipSync(parts, { level: 0 })
  const rows = await readSheet<string>(stored.slice().buffer, { parseNumber: asTyped, trim: false }).catch(failed)
  // Its types say that a date is the constructor of dates.
  return rows.map((row, line) =>
    row.map((cell, column) => {
      if (cell === MARK) throw new FileProblem('no_value', { cell: `${columnName(column)}${line + 1}` })
      return textOf(cell as Cell)
    }),
  )
}

const inflated = (bytes: Uint8Array): Record<string, Uint8Array> => {
  let total = 0
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!/\.(xml|rels)$/i.test(name)) return false
        total += originalSize
        // No part is inflated past the size that it claims.
        if (total > INFLATED_BYTES) throw new FileProblem('inflates')
        return true
      },
    })
  } catch (error) {
    throw error instanceof FileProblem ? error : new FileProblem('broken_xlsx')
  }
}

/** The parser needs minutes for many tags that begin and do not end, and makes nothing of them. */
const refuseOpenTags = (xml: string): void => {
  if (/<[^!<>][^<>]*</.test(xml)) throw new FileProblem('broken_xlsx')
}

/** The parser fills what is before a cell with empty ones: one cell in the last corner of a sheet would be 17 thousand million. */
const refuseFarCells = (xml: string): void => {
  for (const [, , place = ''] of xml.matchAll(/[\s:]r\s*=\s*(["'])([^"']*)\1/g)) {
    const [, letters, digits] = /^([A-Za-z]{0,4})(\d{1,9})$/.exec(place) ?? []
    if (letters === undefined) throw new FileProblem('broken_xlsx')
    const column = [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0)
    if (column > FILE_COLUMNS || Number(digits) > FILE_ROWS + SPARE_ROWS)
      throw new FileProblem('far_cell', { cell: place })
  }
}

/** Ids of digits stay as they are; other numbers lose what only binary fractions have. */
const asTyped = (written: string): string => (/^\d+$/.test(written) ? written : String(Number(written)))

type Cell = string | boolean | Date | null

const textOf = (cell: Cell): string => {
  if (cell === null) return ''
  if (cell instanceof Date) return cell.toISOString().replace(/T00:00:00\.000Z$/, '')
  return typeof cell === 'boolean' ? String(cell).toUpperCase() : cell
}

const failed = (error: unknown): never => {
  const [, row, column] = /row (\d+), col (\d+)/.exec(error instanceof Error ? error.message : '') ?? []
  if (row === undefined) throw new FileProblem('broken_xlsx')
  throw new FileProblem('bad_cell', { cell: `${columnName(Number(column) - 1)}${row}` })
}
