import { describe, expect, it } from 'vitest'
import { isClientId, isId, isMsgId, isSeqId, isServiceId, ownerOf } from '../src/index.ts'

/** What must never become a level of a topic, whichever id it pretends to be (threats T11, T12). */
const HOSTILE = [
  '',
  ' ',
  'u1/x',
  '../u1',
  '/',
  '+',
  '#',
  'u1+',
  'u1#',
  '$SYS',
  '$share',
  'a b',
  ' u1',
  'u1 ',
  'u1\n',
  '\nu1',
  'u1\r',
  'u1\t',
  'u1\u0000',
  'u1\u0001',
  'u1\u007f',
  'u1\u200b',
  '\u202eu1',
  '\ufeffu1',
  'u1\u2028',
  '\uff55\uff11',
  '\u0430lice',
  'é',
  'e\u0301',
  '员工',
  '😀',
  '\ud800',
  '%2f',
  'u1:x',
  'u1@x',
  "u1'--",
  'u1\\x',
  '*',
  '{client_id}',
  'x'.repeat(65_536),
]

describe('the grammars', () => {
  const grammars = { isId, isClientId, isSeqId, isMsgId, isServiceId }
  for (const [name, accepts] of Object.entries(grammars)) {
    it(`${name} refuses what could escape from its topic level`, () => {
      expect(HOSTILE.filter(accepts)).toEqual([])
    })
  }

  it.each([
    ['u1', true],
    ['U1', true],
    ['0', true],
    ['emp_01j9z3', true],
    ['grp_a.b-c_d', true],
    ['dept_', true],
    ['a'.repeat(64), true],
    ['a'.repeat(65), false],
    ['_u1', false],
    ['.u1', false],
    ['-u1', false],
    ['..', false],
  ])('isId(%j) is %j', (id, expected) => expect(isId(id)).toBe(expected))

  it.each([
    ['emp_1_phone_9f', true],
    ['_', true],
    ['..', true],
    ['c'.repeat(128), true],
    ['c'.repeat(129), false],
    ['c'.repeat(300), false],
  ])('isClientId(%j) is %j', (id, expected) => expect(isClientId(id)).toBe(expected))

  it.each([
    ['1', true],
    ['01J9Z3-a.b_c', true],
    ['s'.repeat(64), true],
    ['s'.repeat(65), false],
  ])('isSeqId(%j) is %j', (id, expected) => expect(isSeqId(id)).toBe(expected))

  it.each([
    [`msg_${'a'.repeat(29)}`, true],
    [`msg_${'a2b7'.repeat(7)}z`, true],
    [`msg_${'a'.repeat(28)}`, false],
    [`msg_${'a'.repeat(30)}`, false],
    [`msg_${'A'.repeat(29)}`, false],
    [`msg_${'1'.repeat(29)}`, false],
    [`MSG_${'a'.repeat(29)}`, false],
    ['a'.repeat(33), false],
  ])('isMsgId(%j) is %j', (id, expected) => expect(isMsgId(id)).toBe(expected))

  it.each([
    ['acme', true],
    ['acme_2', true],
    ['_', true],
    ['s'.repeat(32), true],
    ['s'.repeat(33), false],
    ['Acme', false],
    ['acme-2', false],
    ['acme.2', false],
  ])('isServiceId(%j) is %j', (id, expected) => expect(isServiceId(id)).toBe(expected))
})

describe('ownerOf', () => {
  it.each([
    // no underscore, or one: the owner is the client_id itself
    ['alice', 'alice'],
    ['emp_1', 'emp_1'],
    ['alice.laptop-2', 'alice.laptop-2'],
    // two: both segments are cut
    ['alice_phone_9f', 'alice'],
    ['alice__', 'alice'],
    ['mchat_gateway_1', 'mchat'],
    // three and more: only the last two are cut
    ['emp_1_phone_9f', 'emp_1'],
    ['a_b_c_phone_9f', 'a_b_c'],
    ['emp_1_phone_', 'emp_1'],
    ['emp_1__', 'emp_1'],
  ])('of %j is %j', (clientId, owner) => expect(ownerOf(clientId)).toBe(owner))

  it.each(['', '_', '__', '___', '_a_b', '_phone_9f', '_alice_phone_9f', '._phone_9f'])('of %j is nobody', (clientId) =>
    expect(isId(ownerOf(clientId))).toBe(false),
  )

  it('does not confuse one employee with another whose id begins the same', () => {
    expect(ownerOf('emp_1_phone_9f')).not.toBe(ownerOf('emp_10_phone_9f'))
    expect(ownerOf('emp_1_emp_2_9f')).toBe('emp_1_emp')
  })
})
