import type { TObject, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionDefinition,
  type ActionName,
  AUDITED_READS,
  CONTENT_TYPES,
  findAction,
  isContentType,
  LIMITS,
  RULES,
  type RuleName,
} from '../src/index.ts'
import { EXAMPLES, without } from './examples.ts'

const definitions = Object.entries<ActionDefinition>(ACTIONS)
const namesWhere = (condition: (definition: ActionDefinition) => boolean): string[] =>
  definitions.filter(([, definition]) => condition(definition)).map(([name]) => name)

const schemaAt = (schema: TSchema, path: string): unknown =>
  path.split(/\.|(?=\[\])/).reduce<unknown>((at, key) => {
    const { items, properties } = (at ?? {}) as Partial<TObject> & { readonly items?: TSchema }
    return key === '[]' ? items : properties?.[key]
  }, schema)

describe('every action', () => {
  it.each(definitions)('%s compiles, in and out', (_name, { input, output }) => {
    expect(input.type).toBe('object')
    expect(output.type).toBe('object')
    for (const value of [null, [], 'x', 1]) {
      expect(Compile(input).Check(value)).toBe(false)
      expect(Compile(output).Check(value)).toBe(false)
    }
  })

  it('is named noun.verb and says in a sentence what it does', () => {
    expect(ACTION_NAMES.filter((name) => !/^[a-z]+\.[a-z_]+$/.test(name))).toEqual([])
    expect(namesWhere(({ summary }) => !/^[A-Z].+\.$/.test(summary))).toEqual([])
  })

  it('has no field that the envelope has already', () => {
    expect(namesWhere(({ input }) => 'action' in input.properties || 'seq_id' in input.properties)).toEqual([])
  })

  it('names opaque fields and secrets that exist', () => {
    for (const [name, { input, output, opaque = [], secrets = [] }] of definitions) {
      expect(
        opaque.filter((field) => schemaAt(input, field) === undefined),
        name,
      ).toEqual([])
      expect(
        secrets.filter((path) => schemaAt(output, path) === undefined),
        name,
      ).toEqual([])
    }
  })

  it('answers no password without declaring it a secret', () => {
    const withPassword = namesWhere(({ output }) =>
      /password|otpauth|recovery_codes|webhook_secret|"secret"/.test(JSON.stringify(output)),
    )
    expect(withPassword).toEqual(namesWhere(({ secrets }) => secrets !== undefined))
  })

  it('has a rule that is known, and every rule is needed', () => {
    const used = new Set(definitions.map(([, { rule }]) => rule))
    expect([...used].filter((rule) => !Object.hasOwn(RULES, rule))).toEqual([])
    expect((Object.keys(RULES) as RuleName[]).filter((rule) => !used.has(rule))).toEqual([])
  })

  it('is an audited change with a target and the fields of a challenge when it is sensitive', () => {
    const sensitive = namesWhere(({ sensitive }) => sensitive !== undefined)
    expect(namesWhere(({ audited, kind }) => audited !== undefined && kind === 'change')).toEqual(
      expect.arrayContaining(sensitive),
    )
    expect(namesWhere(({ input }) => 'challenge_id' in input.properties && 'token' in input.properties)).toEqual(
      sensitive,
    )
  })

  it('is allowed without a session only when it makes one', () => {
    expect(namesWhere(({ kind }) => kind === 'connection')).toEqual(['auth.bind'])
    expect(namesWhere(({ rule }) => rule === 'connection')).toEqual(['auth.bind'])
  })
})

it('the marks S and A of contract 5 are set', () => {
  const sensitive = ['employee.delete', 'employee.reset_credentials', 'group.dismiss', 'auth.totp_remove']
  const audited = [
    ...sensitive,
    ...['session.list', 'session.revoke', 'device.add', 'employee.create', 'employee.update', 'group.create'],
    ...['department.create', 'department.update', 'department.delete', 'group.member_add', 'group.member_remove'],
    ...['group.leave', 'group.set_role', 'group.transfer'],
    ...['employee.import', 'employee.export', 'system.announce'],
  ]
  expect(sensitive.filter((name) => findAction(name)?.sensitive !== 'always')).toEqual([])
  expect(findAction('employee.update')?.sensitive).toEqual({ fields: ['updates.status', 'updates.roles'] })
  expect(audited.filter((name) => findAction(name)?.audited === undefined)).toEqual([])
  expect(namesWhere(({ kind, audited }) => kind === 'relay' && audited !== undefined)).toEqual(['system.announce'])
})

it('knows which audited actions change nothing', () => {
  const audited = namesWhere(({ audited, kind }) => audited !== undefined && kind === 'read')
  // The object is not in the database.
  expect(audited.filter((name) => name !== 'file.delete').toSorted()).toEqual([...AUDITED_READS])
})

it('findAction knows exact names only (T27)', () => {
  for (const name of ACTION_NAMES) expect(findAction(name)).toBe(ACTIONS[name])
  const odd = [
    '',
    'employee',
    'employee.',
    'employee.create ',
    ' employee.create',
    'Employee.Create',
    'employee/create',
  ]
  const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  expect([...odd, ...inherited].filter((name) => findAction(name) !== undefined)).toEqual([])
})

describe('the fields of', () => {
  const JUNK = [0, 1e99, true, '', [], {}, [[]], { $ne: 1 }, 'u1/x', '+', '#', 'u1\u0000', '../u1']

  it.each(Object.entries(EXAMPLES))('%s are checked', (name, { input: example }) => {
    const { input, opaque = [] } = ACTIONS[name as ActionName] as ActionDefinition
    const validator = Compile(input)
    expect(validator.Errors(example)).toEqual([])
    for (const field of input.required ?? []) {
      expect(validator.Check(without(example, field)), `${field} missing`).toBe(false)
      if (!opaque.includes(field)) expect(validator.Check({ ...example, [field]: null }), `${field} null`).toBe(false)
    }
    for (const field of Object.keys(input.properties).filter((key) => key.endsWith('_id'))) {
      const accepted = JUNK.filter((value) => validator.Check({ ...example, [field]: value }))
      expect(accepted, field).toEqual([])
    }
    expect(validator.Check({ ...example, unknown_field: 1 }), 'unknown fields are ignored').toBe(true)
  })

  it('lists are bounded', () => {
    const validator = Compile(ACTIONS['group.create'].input)
    const members = (count: number): string[] => Array.from({ length: count }, (_, i) => `emp_${i}`)
    const create = (fields: object): boolean => validator.Check({ name: 'x', member_ids: [], ...fields })
    expect(create({ member_ids: members(LIMITS.jsonElements) })).toBe(true)
    expect(create({ member_ids: members(LIMITS.jsonElements + 1) })).toBe(false)
    expect(create({ member_ids: ['emp_1', 'emp_1'] })).toBe(false)
  })

  it('names are one line of text', () => {
    const validator = Compile(ACTIONS['group.create'].input)
    const names = ['Release', '研发部', '😀'.repeat(LIMITS.nameChars), ' a ', "O'Brien", '=HYPERLINK("x")']
    const notNames = ['', ' ', '\t', 'a\nb', 'a\u0000', 'a\u001b[31m', 'a\u2028b', 'x'.repeat(LIMITS.nameChars + 1)]
    const accepts = (name: string): boolean => validator.Check({ name, member_ids: [] })
    expect(names.filter((name) => !accepts(name))).toEqual([])
    expect(notNames.filter(accepts)).toEqual([])
  })
})

describe('contents', () => {
  it.each([
    ['text', { text: 'hi' }, true],
    ['text', { text: '' }, false],
    ['text', {}, false],
    ['markdown', { text: '# hi' }, true],
    ['image', { url: 'https://x.example/i.png', width: 1 }, true],
    ['image', { key: 'u1/i.png' }, true],
    ['image', { width: 1 }, false],
    ['image', { url: 1 }, false],
    ['file', { key: 'u1/f.pdf', name: 'f.pdf', size: 1 }, true],
    ['file', { name: 'f.pdf', size: 1 }, false],
    ['file', { key: 'u1/f.pdf', name: 'f.pdf', size: -1 }, false],
  ] as const)('%s %j: %j', (type, body, expected) => {
    expect(Compile(CONTENT_TYPES[type]).Check(body)).toBe(expected)
  })

  it('types are known by their own names only', () => {
    expect(['card', '__proto__', 'toString', 'Text', ''].filter(isContentType)).toEqual([])
  })
})
