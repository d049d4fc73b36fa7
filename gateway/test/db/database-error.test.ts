import { describe, expect, test } from 'vitest'
import { sqlStateOf, toDatabaseError } from '#src/db/database-error.ts'

const withCode = (code: string, message = 'x') => Object.assign(new Error(message), { code })

describe('a database error', () => {
  test.each([
    ['23505', 'unique_violation'],
    ['23503', 'foreign_key_violation'],
    ['22021', 'invalid_text'],
    ['22P05', 'invalid_text'],
    ['57P01', 'unavailable'],
    ['57P03', 'unavailable'],
    ['57014', 'unavailable'],
    ['55P03', 'unavailable'],
    ['53300', 'unavailable'],
    ['53100', 'unavailable'],
    ['08006', 'unavailable'],
    ['40P01', 'unavailable'],
    ['28P01', 'unavailable'],
    ['25006', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['ETIMEDOUT', 'unavailable'],
    ['ENOTFOUND', 'unavailable'],
    ['42P01', undefined],
    ['23514', undefined],
    ['22003', undefined],
    ['ERR_INVALID_ARG_TYPE', undefined],
    ['', undefined],
  ])('with code %s is %s', (code, kind) => {
    expect(toDatabaseError(withCode(code))).toBe(kind)
  })

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
    'Cannot use a pool after calling end on the pool',
    'driver has already been destroyed',
    'PGlite is closed',
  ])('that says "%s" is unavailable', (message) => {
    expect(toDatabaseError(new Error(message))).toBe('unavailable')
  })

  test('is looked for in causes and in what several addresses answered', () => {
    expect(toDatabaseError(new Error('outer', { cause: withCode('23505') }))).toBe('unique_violation')
    expect(toDatabaseError(new AggregateError([withCode('ECONNREFUSED'), withCode('EACCES')]))).toBe('unavailable')
    expect(sqlStateOf(new Error('outer', { cause: withCode('40001') }))).toBe('40001')
    expect(sqlStateOf(withCode('EPIPE'))).toBeUndefined()
  })

  test.each([undefined, null, 'text', 42, {}, new Error('anything else'), { code: '23505' }])(
    'is not made of %s',
    (value) => {
      expect(toDatabaseError(value)).toBeUndefined()
    },
  )
})
