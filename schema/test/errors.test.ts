import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CODE_TEXTS } from '../generate/reference-errors.ts'
import {
  ACTIONS,
  type ActionDefinition,
  COMMON_ERRORS,
  ERRORS,
  type ErrorKey,
  errorsOf,
  errorText,
  invalidField,
  MChatError,
} from '../src/index.ts'

const KEYS = Object.keys(ERRORS) as ErrorKey[]
const definitions = Object.entries<ActionDefinition>(ACTIONS)
const CONTRACT_CODES = [400, 401, 403, 404, 409, 413, 429, 500, 503, 504]

describe('the error table', () => {
  it('uses the codes of contract 3, each of them explained', () => {
    expect(KEYS.filter((key) => !CONTRACT_CODES.includes(ERRORS[key].code))).toEqual([])
    expect(Object.keys(CODE_TEXTS).map(Number)).toEqual([...new Set(KEYS.map((key) => ERRORS[key].code))])
  })

  it('is what the reference page lists', () => {
    const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
    const listed = [...page.matchAll(/^\| `([a-z_]+)` \| (yes|no) \|/gm)].map(([, key, retry]) => [key, retry])
    expect(listed).toEqual(KEYS.map((key) => [key, ERRORS[key].retryable ? 'yes' : 'no']))
  })

  it('is what the actions may answer, and nothing else', () => {
    const answered = new Set(definitions.flatMap(([, definition]) => errorsOf(definition)))
    expect(KEYS.filter((key) => !answered.has(key))).toEqual([])
    expect([...answered].filter((key) => !Object.hasOwn(ERRORS, key))).toEqual([])
  })

  it('is named once by each action', () => {
    const implied = new Set<string>([...COMMON_ERRORS, 'seq_id_reused'])
    for (const [name, { errors }] of definitions) {
      expect(new Set(errors).size, name).toBe(errors.length)
      expect(
        errors.filter((key) => implied.has(key)),
        name,
      ).toEqual([])
    }
  })

  it('says in both languages what happened', () => {
    for (const key of KEYS) {
      expect(errorText(key, 'en')).toMatch(/^[A-Za-z].+\.$/)
      expect(errorText(key, 'zh-CN')).toMatch(/\p{Script=Han}.*。$/u)
    }
  })

  it('lets only failures of the moment be retried', () => {
    expect(KEYS.filter((key) => ERRORS[key].retryable !== [429, 500, 503].includes(ERRORS[key].code))).toEqual([])
  })
})

it('only changes can have had another request under their seq_id', () => {
  const having = definitions.filter(([, definition]) => errorsOf(definition).includes('seq_id_reused'))
  expect(having.map(([, { kind }]) => kind)).toEqual(
    definitions.map(([, { kind }]) => kind).filter((k) => k === 'change'),
  )
})

it('an MChatError carries its key, code, fields and cause', () => {
  const cause = new Error('gone')
  const error = new MChatError('database_unavailable', { cause, retryAfterMs: 500 })
  expect([error.key, error.code, error.retryAfterMs, error.cause]).toEqual(['database_unavailable', 503, 500, cause])
  expect('cause' in new MChatError('forbidden')).toBe(false)
  const invalid = invalidField('opts.avatar', 'maxLength', 'too long')
  expect(invalid.code).toBe(400)
  expect(invalid.fields).toEqual([{ field: 'opts.avatar', rule: 'maxLength', message: 'too long' }])
})
