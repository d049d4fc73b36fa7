/** What is put into every field, as JSON text: some of it no program would write. */
export const HOSTILE = {
  null: 'null',
  true: 'true',
  zero: '0',
  minusOne: '-1',
  huge: '1e99',
  empty: '""',
  blank: '" "',
  emptyArray: '[]',
  emptyObject: '{}',
  nestedArray: '[[]]',
  digit: '"0"',
  operator: '{"$ne":1}',
  long: `"${'x'.repeat(10_000)}"`,
} as const
export type HostileName = keyof typeof HOSTILE

/** Refused wherever it stands, before anybody looks at the fields. */
export const MALFORMED = {
  depth: `${'['.repeat(17)}${']'.repeat(17)}`,
  nul: String.raw`"u1\u0000"`,
  surrogate: String.raw`"\ud83d"`,
} as const

/** Breaches of the id grammar: threats T11. */
export const NO_IDS: readonly string[] = [
  'u1/x',
  '../u1',
  '+',
  '#',
  '$SYS',
  'x'.repeat(129),
  ' u1',
  'u1\u200b',
  'ｕ1',
  'u1\n',
  'u1 ',
]

/** What a field takes: the hostile values that are in fact well-formed for it, and whether it is an id. */
export interface FieldKind {
  readonly accepts: readonly HostileName[]
  readonly isId?: true
}

const kind = (...accepts: HostileName[]): FieldKind => ({ accepts })
const id = (...accepts: HostileName[]): FieldKind => ({ accepts, isId: true })

export const KINDS = {
  id: id('digit'),
  idOrNull: id('digit', 'null'),
  msgId: id(),
  deviceId: id('digit'),
  flag: kind('true'),
  choice: kind(),
  name: kind('digit'),
  cell: kind('empty', 'digit', 'blank', 'long'),
  cellOrNull: kind('empty', 'digit', 'blank', 'long', 'null'),
  cellOrList: kind('empty', 'digit', 'blank', 'long', 'emptyArray'),
  query: kind('digit', 'blank'),
  word: kind('digit'),
  text: kind('empty', 'digit', 'blank'),
  textOrNull: kind('empty', 'digit', 'blank', 'null'),
  countFromZero: kind('zero'),
  countFromOne: kind(),
  order: kind('zero', 'minusOne'),
  number: kind(),
  url: kind(),
  relayKind: id('digit'),
  object: kind('emptyObject', 'operator'),
  someUpdates: kind('operator'),
  list: kind('emptyArray'),
  fullList: kind(),
  content: kind('digit', 'blank', 'long'),
  anyList: kind('emptyArray', 'nestedArray'),
  fullAnyList: kind('nestedArray'),
  anything: kind(...(Object.keys(HOSTILE) as HostileName[])),
} as const satisfies Record<string, FieldKind>
export type KindName = keyof typeof KINDS
