/** What joins into words; scripts that put no spaces between words do not: 请@ann看 mentions ann. */
const WORD = /^[[\p{L}\p{N}_]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]]$/v
/** What belongs to the letter before it. A space without width is not among them: editors put one behind a mention. */
const JOINED = /^(?:\p{M}|\u00ad|\u200c|\u200d|\u2060)$/u

/** Whether a word reaches up to here. */
export const isAfterWord = (text: string, at: number): boolean => {
  let end = at
  while (end > 0) {
    const start = end > 1 && isPair(text, end - 2) ? end - 2 : end - 1
    const character = text.slice(start, end)
    if (!JOINED.test(character)) return WORD.test(character)
    end = start
  }
  return false
}

/** Whether what stands here would go on with a word that ended here, be it with an accent or something invisible. */
export const goesOn = (text: string, at: number): boolean => {
  const character = text.slice(at, isPair(text, at) ? at + 2 : at + 1)
  return WORD.test(character) || JOINED.test(character)
}

const isPair = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xff_ff

/**
 * NFC. Runs of more marks than any language has stay as they are: to sort 32 KiB of them takes a second, in which
 * nobody gets an answer.
 */
export const composed = (text: string): string =>
  LONG_RUN.test(text)
    ? text
        .split(LONG_RUN)
        .map((part, index) => (index % 2 === 0 ? part.normalize('NFC') : part))
        .join('')
    : text.normalize('NFC')

const LONG_RUN = /(\p{M}{31,})/u

/**
 * The text with code blanked out and everything else in its place: between backticks, as many behind as in front, in
 * one line; from three on until as many come again, over lines, or until the end.
 */
export const withoutCode = (text: string): string => {
  const fences = [...text.matchAll(/`+/g)].map(({ 0: { length }, index }) => ({ start: index, length }))
  let plain = ''
  let from = 0
  for (let opening = 0; opening < fences.length; opening++) {
    const { start, length } = fences[opening] as Fence
    const closing = closingOf(fences, opening, length < 3 ? lineEnd(text, start) : text.length)
    if (closing === undefined && length < 3) continue
    const last = closing === undefined ? undefined : fences[closing]
    const end = last === undefined ? text.length : last.start + last.length
    plain += text.slice(from, start) + ' '.repeat(end - start)
    from = end
    opening = closing ?? fences.length
  }
  return plain + text.slice(from)
}

interface Fence {
  readonly start: number
  readonly length: number
}

const closingOf = (fences: readonly Fence[], opening: number, end: number): number | undefined => {
  const wanted = fences[opening]?.length ?? 0
  for (let index = opening + 1; index < fences.length; index++) {
    const { start, length } = fences[index] as Fence
    if (start >= end) return undefined
    if (wanted < 3 ? length === wanted : length >= wanted) return index
  }
  return undefined
}

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}
