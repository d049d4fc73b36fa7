import { LIMITS } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import type { GroupEntry } from '../db/directory.ts'
import { employees } from '../db/repositories/employees.ts'
import { composed, goesOn, isAfterWord, withoutCode } from './words.ts'

/**
 * Finds who a text mentions in a group (contract 4.1): `@employee_id`, or `@name` where exactly one member has that
 * name. Not inside a word (an e-mail address) and not in code.
 */
export interface MentionFinder {
  /**
   * @param claimed what the sender says; those who are not members are left out, `*` stays
   * @returns the employee_ids to deliver, without duplicates, at most `LIMITS.mentions`
   */
  find(group: GroupEntry, claimed: readonly string[], text: string | undefined): Promise<string[]>
  /** A name has changed: what is remembered of names is read again. */
  forgetNames(): void
}

/** employee_id by name; null where several members share one. */
type Names = ReadonlyMap<string, string | null>

export const createMentionFinder = (database: Database): MentionFinder => {
  let namesOf = new WeakMap<GroupEntry, Names>()

  const loadNames = async (group: GroupEntry): Promise<Names> => {
    const remembered = namesOf
    const known = remembered.get(group)
    if (known !== undefined) return known
    const found = await employees.findMany(database.kysely, [...group.members.keys()])
    const names = new Map<string, string | null>()
    for (const [id, employee] of found) {
      const name = composed(employee.name)
      names.set(name, names.has(name) ? null : id)
    }
    // Into the map of before: a name that has changed meanwhile must not be remembered as it was.
    remembered.set(group, names)
    return names
  }

  return {
    async find(group, claimed, text) {
      const known = new Set(claimed.filter((id) => id === '*' || group.members.has(id)))
      const mentions = new Set([...known].slice(0, LIMITS.mentions))
      if (text?.includes('@')) {
        const names = await loadNames(group)
        for (const id of mentionsInText(composed(text), group, names)) {
          if (mentions.size >= LIMITS.mentions) break
          mentions.add(id)
        }
      }
      return [...mentions]
    },
    forgetNames() {
      namesOf = new WeakMap()
    },
  }
}

/** A text of nothing but `@` must not cost more than a message. */
const MAX_LOOKS = 200

const ID_AT = /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/y

const mentionsInText = (text: string, group: GroupEntry, names: Names): string[] => {
  const plain = withoutCode(text)
  const found: string[] = []
  const lengths = [...new Set([...names.keys()].map((name) => name.length))].sort((a, b) => b - a)
  let looked = 0
  for (let at = plain.indexOf('@'); at !== -1 && looked < MAX_LOOKS; at = plain.indexOf('@', at + 1), looked++) {
    if (isAfterWord(plain, at)) continue
    const id = idAt(plain, at + 1, group) ?? nameAt(plain, at + 1, names, lengths)
    if (id !== undefined) found.push(id)
    if (found.length >= LIMITS.mentions) break
  }
  return found
}

const idAt = (text: string, start: number, group: GroupEntry): string | undefined => {
  ID_AT.lastIndex = start
  // A sentence may end right behind an id, and `.` and `-` are allowed in ids.
  let id = ID_AT.exec(text)?.[0] ?? ''
  if (id !== '' && goesOn(text, start + id.length)) return undefined
  while (id !== '' && !group.members.has(id) && /[._-]$/.test(id)) id = id.slice(0, -1)
  return group.members.has(id) ? id : undefined
}

/** The longest name that stands here decides; one that several members share mentions nobody. */
const nameAt = (text: string, start: number, names: Names, lengths: readonly number[]): string | undefined => {
  for (const length of lengths) {
    const name = text.slice(start, start + length)
    if (name.length === length && names.has(name) && endsName(text, start + length)) return names.get(name) ?? undefined
  }
  return undefined
}

/** Chinese puts no space behind a name; where letters are joined into words, the name must end with its word. */
const endsName = (text: string, end: number): boolean => !isAfterWord(text, end) || !goesOn(text, end)
