import { composed } from '../delivery/words.ts'

/**
 * A text as it is compared: NFC, each letter that has a lower case of the same length in lower case, ς as σ. Left alone
 * are ß, İ and others whose other case is longer, and everything that only looks alike (full width, other alphabets).
 * Composed texts keep their length, so places in the one are places in the other.
 */
export const fold = (text: string): string => {
  const nfc = composed(text)
  const lower = nfc.toLowerCase()
  return (lower.length === nfc.length ? lower : nfc.replace(/\p{Lu}/gu, lowerCase)).replaceAll('ς', 'σ')
}

const lowerCase = (letter: string): string => {
  const lower = letter.toLowerCase()
  return lower.length === letter.length ? lower : letter
}
