/** A text as the content filter compares it, and where each of its parts comes from. */
export interface LooseText {
  readonly text: string
  /** For each UTF-16 unit of `text`, where the character it was made of begins in the original, and ends. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/**
 * One character with what composes with it: marks, vowels and finals of Hangul, half-width sound marks, and what nobody
 * sees. No more than 30 of them, as in the Stream-Safe Text Format, since sorting 30,000 marks takes a second.
 */
const CHARACTER = /[\s\S][\p{M}\u1160-\u11ff\uff9e\uff9f\p{Default_Ignorable_Code_Point}]{0,30}/gu
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu

/**
 * What looks like a letter is that letter: full and half width and other compatibility forms (NFKC, character by
 * character), upper and lower case (ß is ss, ı is i), and invisible characters are not there. Letters of other alphabets
 * stay what they are, and so do letters with marks.
 */
export const foldLoosely = (original: string): LooseText => {
  const starts: number[] = []
  const ends: number[] = []
  let text = ''
  for (const { 0: character, index } of original.matchAll(CHARACTER)) {
    const folded = foldCharacter(character)
    text += folded
    for (let unit = 0; unit < folded.length; unit++) {
      starts.push(index)
      ends.push(index + character.length)
    }
  }
  return { text, starts, ends }
}

const foldCharacter = (character: string): string => {
  if (character.length === 1 && character <= '\u007f') return character.toLowerCase()
  const visible = character.replace(INVISIBLE, '')
  return visible.normalize('NFKC').replace(INVISIBLE, '').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/** Each visible character as an asterisk: the text keeps its number of code points. */
export const starOut = (text: string): string => text.replace(/\P{Default_Ignorable_Code_Point}/gu, '*')
