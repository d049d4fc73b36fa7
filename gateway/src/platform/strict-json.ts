import { isUtf8 } from 'node:buffer'
import { LIMITS, MChatError } from '@mchat/schema'

/**
 * Reads a request payload strictly: UTF-8, one object, bounded depth, members and elements, no duplicate member names,
 * no `__proto__`, `constructor` or `prototype`, no quote, backslash or control character in a name, no NUL and no lone
 * surrogates. JSON.parse alone accepts all of these, and each has been a way past somebody's checks: a duplicate
 * `action` differs between two readers, a NUL fails in PostgreSQL only, deep nesting parses but cannot be serialised
 * again, and a backslash makes V8 misread the names of others (see `withPlainNames`).
 */
export interface ParsedObject {
  readonly value: Record<string, unknown>
  /** The JSON text of a top-level member exactly as it came; undefined when it is absent. */
  raw(name: string): string | undefined
  /** Top-level members that contain a number with an exponent or a negative zero: legal JSON, but never an integer. */
  readonly oddNumbers: readonly string[]
}

interface Span {
  readonly name: string
  readonly start: number
  end: number
}

/** A member name that was written with escapes; the span includes its quotes. */
type EscapedName = Readonly<Span>

const FORBIDDEN_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype']

const malformed = (rule: string, message: string): MChatError =>
  new MChatError('malformed_request', { fields: [{ field: '', rule, message }] })

export const parseJsonObject = (payload: Buffer): ParsedObject => {
  if (payload.length > LIMITS.requestBytes) throw new MChatError('too_large')
  if (payload.length === 0) throw malformed('json', 'The payload is empty.')
  if (!isUtf8(payload)) throw malformed('encoding', 'The payload is not UTF-8.')
  const text = payload.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MChatError('malformed_request', {
      fields: [{ field: '', rule: 'json', message: 'The payload is not JSON.' }],
      cause,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('type', 'The payload must be a JSON object.')
  }
  const scan = scanStructure(text)
  if (scan.escapedNames.length > 0) value = JSON.parse(withPlainNames(text, scan.escapedNames))
  return {
    value: value as Record<string, unknown>,
    raw(name) {
      const span = scan.spans.find((candidate) => candidate.name === name)
      return span === undefined ? undefined : text.slice(span.start, span.end)
    },
    oddNumbers: scan.oddNumbers,
  }
}

/**
 * The same JSON with its member names written without escapes. JSON.parse of V8 13.6 reads a name with escapes as one
 * with a backslash that it has seen in this place before: after `{"a":1,"\\":2}` from anybody, `{"a":1,"\n":2}` has a
 * member called backslash.
 */
const withPlainNames = (text: string, names: readonly EscapedName[]): string => {
  let plain = ''
  let from = 0
  for (const { name, start, end } of names) {
    plain += `${text.slice(from, start)}"${name}"`
    from = end
  }
  return plain + text.slice(from)
}

/** Walks over text that JSON.parse has accepted, so only structure has to be told apart here. */
const scanStructure = (text: string): { spans: Span[]; escapedNames: EscapedName[]; oddNumbers: string[] } => {
  const spans: Span[] = []
  const escapedNames: EscapedName[] = []
  const oddNumbers: string[] = []
  /** Member names seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = []
  /** Members or elements so far in each open object or array. */
  const counts: number[] = []
  let current: Set<string> | null | undefined
  let expectName = false
  let members = 0
  const hasEscapes = text.includes('\\')
  /** Where the next \u is, so that a payload of many strings is not searched for one again and again. */
  let unicode = nextUnicode(text, 0)

  const enter = (names: Set<string> | null): void => {
    open.push(names)
    counts.push(0)
    current = names
    if (open.length > LIMITS.jsonDepth) throw malformed('depth', `Nested deeper than ${LIMITS.jsonDepth}.`)
  }
  const leave = (): void => {
    open.pop()
    counts.pop()
    current = open[open.length - 1]
  }
  const closeSpan = (end: number): void => {
    const span = spans[spans.length - 1]
    if (span !== undefined && open.length === 1) span.end = end
  }

  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    switch (c) {
      case 0x22: {
        const end = endOfString(text, i, hasEscapes)
        if (unicode < i) unicode = nextUnicode(text, i)
        if (unicode < end) checkEscapes(text.slice(i, end + 1))
        if (expectName && current !== null && current !== undefined) {
          const name = nameAt(text, i, end)
          if (name.length !== end - i - 1) escapedNames.push({ name, start: i, end: end + 1 })
          if (FORBIDDEN_NAMES.includes(name)) throw malformed('name', `The member name ${name} is not allowed.`)
          if (current.has(name)) throw malformed('duplicate', 'A member name occurs twice in one object.')
          current.add(name)
          if (current.size > LIMITS.jsonKeys) {
            throw malformed('members', `An object has more than ${LIMITS.jsonKeys} members.`)
          }
          if (++members > LIMITS.jsonMembers) throw malformed('members', `More than ${LIMITS.jsonMembers} members.`)
          expectName = false
          if (open.length === 1) spans.push({ name, start: text.indexOf(':', end) + 1, end: 0 })
        }
        i = end
        break
      }
      case 0x7b:
        enter(new Set())
        expectName = true
        break
      case 0x5b:
        enter(null)
        expectName = false
        break
      case 0x7d:
      case 0x5d:
        closeSpan(i)
        leave()
        expectName = false
        break
      case 0x2c: {
        closeSpan(i)
        expectName = current !== null
        const depth = counts.length - 1
        const count = (counts[depth] ?? 0) + 1
        counts[depth] = count
        if (current === null && count >= LIMITS.jsonElements) {
          throw malformed('elements', `An array has more than ${LIMITS.jsonElements} elements.`)
        }
        break
      }
      default:
        // The text of a number: digits are passed over; an exponent or a leading -0 is remembered.
        if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
          const end = endOfNumber(text, i)
          const number = text.slice(i, end)
          if (/[eE]|^-0(\.0*)?$/.test(number)) {
            const span = spans[spans.length - 1]
            if (span !== undefined && !oddNumbers.includes(span.name)) oddNumbers.push(span.name)
          }
          i = end - 1
        }
    }
  }
  return { spans, escapedNames, oddNumbers }
}

const endOfNumber = (text: string, start: number): number => {
  let i = start + 1
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const inNumber = (c >= 0x30 && c <= 0x39) || c === 0x2e || c === 0x2b || c === 0x2d || c === 0x45 || c === 0x65
    if (!inNumber) break
  }
  return i
}

/** The index of the closing quote. */
const endOfString = (text: string, start: number, hasEscapes: boolean): number => {
  let end = text.indexOf('"', start + 1)
  if (!hasEscapes) return end
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

const nextUnicode = (text: string, from: number): number => {
  const index = text.indexOf('\\u', from)
  return index === -1 ? Number.POSITIVE_INFINITY : index
}

/** Is the character at this index preceded by an odd number of backslashes? */
const isEscaped = (text: string, index: number): boolean => {
  let backslashes = 0
  while (text.charCodeAt(index - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}

/** Refuses NUL and lone surrogates, which an escape can smuggle in. */
const checkEscapes = (literal: string): void => {
  const value: unknown = JSON.parse(literal)
  if (typeof value !== 'string') return
  if (value.includes('\u0000')) throw malformed('nul', 'Texts must not contain NUL.')
  if (!value.isWellFormed()) throw malformed('surrogate', 'A text contains half of a surrogate pair.')
}

const nameAt = (text: string, start: number, end: number): string => {
  const literal = text.slice(start + 1, end)
  if (!literal.includes('\\')) return literal
  const name = JSON.parse(`"${literal}"`) as string
  // What cannot be written without an escape cannot be read reliably.
  if (JSON.stringify(name).length !== name.length + 2) {
    throw malformed('name', 'A member name contains a quote, a backslash or a control character.')
  }
  return name
}
