import { FileProblem } from './file-problem.ts'

const BYTE_ORDER_MARKS = [
  { encoding: 'utf-8', mark: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', mark: [0xff, 0xfe] },
  { encoding: 'utf-16be', mark: [0xfe, 0xff] },
] as const

/** No text of a table has these: tabs and ends of lines are the only control characters in it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BINARY = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/**
 * The text of a file as spreadsheets write it: UTF-8, UTF-16, and GB18030, which is what Excel in China writes and says
 * nowhere. What is valid UTF-8 is hardly ever anything else; bytes of zero are only in UTF-16.
 * @throws FileProblem it is no text
 */
export const decodeText = (bytes: Uint8Array): string => {
  for (const encoding of candidates(bytes)) {
    const text = decoded(bytes, encoding)
    if (text === undefined) continue
    if (BINARY.test(text)) throw new FileProblem('not_text')
    if (encoding === 'gb18030' && !isChinese(bytes)) break
    return text
  }
  throw new FileProblem(bytes.includes(0) ? 'not_text' : 'encoding')
}

const candidates = (bytes: Uint8Array): readonly string[] => {
  const marked = BYTE_ORDER_MARKS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte))
  if (marked !== undefined) return [marked.encoding]
  const zeros = [0, 0]
  for (const [i, byte] of bytes.subarray(0, 65_536).entries()) if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (even + odd > 0) return [even > odd ? 'utf-16be' : 'utf-16le']
  return ['utf-8', 'gb18030']
}

/**
 * `Müller` in a character set of Western Europe is valid GB18030, too, and some other name. The second byte of a Chinese
 * character that is in use is nearly always above 0xa0; what follows an accented letter is mostly another letter.
 */
const isChinese = (bytes: Uint8Array): boolean => {
  let balance = 0
  for (let i = 0; i < bytes.length; i += 1) {
    if ((bytes[i] ?? 0) < 0x80) continue
    i += 1
    balance += (bytes[i] ?? 0) > 0xa0 ? 1 : -1
  }
  return balance > 0
}

const decoded = (bytes: Uint8Array, encoding: string): string | undefined => {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    // Not that one.
    return undefined
  }
}
