/** `@` and what was typed after it, before the caret. */
export interface MentionTyped {
  readonly from: number
  readonly query: string
}

/** An address (`ann@example`) is none. */
const TYPED = /(?<![\p{L}\p{N}._-])@([^\s@]{0,64})$/u
/** Chinese has no spaces: whoever is mentioned in the middle of a sentence follows a character. */
const TYPED_AFTER_HAN = /(?<=\p{Script=Han})@([^\s@]{0,64})$/u

export const mentionTyped = (text: string, caret: number): MentionTyped | undefined => {
  const before = text.slice(0, caret)
  const found = TYPED.exec(before) ?? TYPED_AFTER_HAN.exec(before)
  return found === null ? undefined : { from: found.index, query: found[1] ?? '' }
}

export interface Mentionable {
  /** `*` for all. */
  readonly id: string
  readonly name: string
}

export const matching = (people: readonly Mentionable[], query: string): readonly Mentionable[] => {
  const wanted = query.toLowerCase()
  return people.filter(({ id, name }) => name.toLowerCase().includes(wanted) || id.toLowerCase().startsWith(wanted))
}

export const withMention = (text: string, caret: number, { from }: MentionTyped, name: string) => {
  const start = `${text.slice(0, from)}@${name} `
  return { text: start + text.slice(caret), caret: start.length }
}

/** Of those who were chosen, who is still there when it is sent. */
export const mentionsIn = (text: string, chosen: readonly Mentionable[]): readonly string[] => [
  ...new Set(chosen.filter(({ name }) => text.includes(`@${name}`)).map(({ id }) => id)),
]
