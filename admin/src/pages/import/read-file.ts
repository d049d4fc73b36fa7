import { decodeText } from './decode-text.ts'
import { FileProblem } from './file-problem.ts'
import { FILE_BYTES, type Sheet, sheetOf } from './sheet.ts'

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean => start.every((byte, i) => bytes[i] === byte)

/**
 * A table of people, whatever the file is called: it is known by what is in it. What reads it is fetched when it is needed.
 * @throws FileProblem it is none
 */
export const readFile = async (file: Blob): Promise<Sheet> => {
  if (file.size > FILE_BYTES) throw new FileProblem('too_large', { limit: FILE_BYTES / 1024 / 1024 })
  const bytes = new Uint8Array(await file.arrayBuffer())
  // How Office kept files until 2007.
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0])) throw new FileProblem('old_excel')
  if (startsWith(bytes, [0x50, 0x4b])) return sheetOf(await (await import('./read-xlsx.ts')).readXlsx(bytes))
  const text = decodeText(bytes)
  return sheetOf((await import('./read-csv.ts')).readCsv(text))
}
