import { describe, expect, test } from 'vitest'
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionDefinition,
  type ActionName,
  type Response,
} from '../../../schema/src/index.ts'
import type { Device } from '../../kit/device.ts'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'
import type { Arranged } from '../examples/example.ts'
import { arrange } from '../examples/index.ts'
import { Scene } from '../scene.ts'
import { AFTERWARDS, FIELDS, kindOf, NEW_IDS, UNKNOWN_ID } from './fields.ts'
import { fieldsOf, nameOf, withoutValue, withValue } from './paths.ts'
import { HOSTILE, KINDS, MALFORMED, NO_IDS } from './values.ts'

interface Attempt {
  readonly what: string
  readonly payload: string
  /** The field at fault; empty: the request as a whole. */
  readonly field: string
  readonly reason: string
}

const PLACE = '"\u2020here\u2020"'

/** The request with a JSON text of any kind in one field. */
const payloadWith = (action: ActionName, input: object, path: string, text: string): string =>
  JSON.stringify({ action, ...withValue(input, path, JSON.parse(PLACE)) }).replace(PLACE, () => text)

const refusals = (action: ActionName, input: object): Attempt[] =>
  fieldsOf(action).flatMap(({ path, isRequired }) => {
    const kind = KINDS[kindOf(action, path) ?? 'anything']
    const field = nameOf(path)
    const attempt = (what: string, text: string, reason = 'invalid_fields', named = field): Attempt => ({
      what: `${path} ${what}`,
      payload: payloadWith(action, input, path, text),
      field: named,
      reason,
    })
    const accepts: readonly string[] = kind.accepts
    return [
      ...Object.entries(HOSTILE)
        .filter(([name]) => !accepts.includes(name))
        .map(([name, text]) => attempt(name, text)),
      ...Object.entries(MALFORMED).map(([name, text]) => attempt(name, text, 'malformed_request', '')),
      ...('isId' in kind ? NO_IDS.map((id) => attempt(JSON.stringify(id), JSON.stringify(id))) : []),
      ...(isRequired
        ? [
            {
              what: `${path} missing`,
              payload: JSON.stringify({ action, ...withoutValue(input, path) }),
              field,
              reason: 'invalid_fields',
            },
          ]
        : []),
    ]
  })

/** Strange, and yet what the field takes. */
const acceptances = (action: ActionName, input: object) =>
  fieldsOf(action)
    .filter(({ path }) => NEW_IDS[action] !== path)
    .flatMap(({ path }) =>
      KINDS[kindOf(action, path) ?? 'anything'].accepts.map((name) => ({
        what: `${path} ${name}`,
        payload: payloadWith(action, input, path, HOSTILE[name]),
        reason: name === 'null' ? undefined : UNKNOWN_ID[`${action} ${path}`],
      })),
    )

const problemWith = (attempt: Attempt, answer: Response): string | undefined => {
  const errors = (answer.data?.errors ?? []) as readonly { readonly field: string }[]
  const isNamed =
    errors.length > 0 &&
    errors.every(
      ({ field }) =>
        field === attempt.field || field.startsWith(`${attempt.field}.`) || field.startsWith(`${attempt.field}[`),
    )
  if (answer.code === 400 && answer.reason === attempt.reason && isNamed) return undefined
  return `${attempt.what}: ${answer.code} ${answer.reason} ${JSON.stringify(errors.map(({ field }) => field))}`
}

const AT_ONCE = 100

/** The problems of each attempt, sent many at a time. */
const sendAll = async <T extends { readonly payload: string }>(
  device: Device,
  action: string,
  attempts: readonly T[],
  judge: (attempt: T, answer: Response) => string | undefined,
): Promise<string[]> => {
  const problems: (string | undefined)[] = []
  for (let i = 0; i < attempts.length; i += AT_ONCE) {
    const batch = attempts.slice(i, i + AT_ONCE).map(async (attempt) => {
      const answer = await device.request(action, {}, { raw: attempt.payload, timeoutMs: 30_000 })
      return judge(attempt, answer)
    })
    problems.push(...(await Promise.all(batch)))
  }
  return problems.filter((problem) => problem !== undefined)
}

test('every field of every action is in the list, and nothing else', () => {
  const used = new Set<string>()
  const missing: string[] = []
  for (const action of ACTION_NAMES) {
    for (const { path } of fieldsOf(action)) {
      if (kindOf(action, path) === undefined) missing.push(`${action} ${path}`)
      used.add(FIELDS[`${action} ${path}`] === undefined ? path : `${action} ${path}`)
    }
  }
  expect(missing).toEqual([])
  expect(Object.keys(FIELDS).filter((path) => !used.has(path))).toEqual([])
})

/** The input with a second factor of its own. */
const confirmed = async ({ by, input }: Arranged<ActionName>, action: ActionName): Promise<object> => ({
  ...input,
  ...(await by.challengeFor(action, input)),
})

onEveryDatabase('hostile input', (kind) => {
  const shared = sharedGateway(kind)

  describe.each(ACTION_NAMES)('%s', (action) => {
    test('T21: is refused with the field named and leaves no trace; what is strange and well-formed is taken, or is not there', async () => {
      const gateway = shared.current
      await using scene = await Scene.open(gateway)
      const arranged = await arrange(action, scene)
      const input = plainInput(action, arranged.input)
      const before = await gateway.dump()
      // Thousands in all, nearly all decided before a database is asked: the second kind gets every fifth.
      const step = kind.name === 'pglite' ? 1 : 5
      const refused = refusals(action, input).filter((_, i) => i % step === 0)
      const published = await scene.observe(async () => {
        expect(await sendAll(arranged.by, action, refused, problemWith)).toEqual([])
      })
      expect(published).toEqual([])
      expect(await gateway.dump()).toEqual(before)
      expect(await takes(action, arranged)).toEqual([])
    })
  })
})

/** What it does not take though it should, of what is strange and well-formed. */
const takes = async (action: ActionName, arranged: Arranged<ActionName>): Promise<readonly string[]> => {
  const definition: ActionDefinition = ACTIONS[action]
  if (definition.answered === false) return []
  const attemptsWith = (input: object) => acceptances(action, plainInput(action, input))
  // One after the other, since some change what the next is about; a code is good for one of them.
  const problems: string[] = []
  for (const [i, first] of attemptsWith(arranged.input).entries()) {
    const { what, payload, reason } =
      definition.sensitive === undefined ? first : (attemptsWith(await confirmed(arranged, action))[i] ?? first)
    const answer = await arranged.by.request(action, {}, { raw: payload })
    const expected = i > 0 && reason === undefined ? AFTERWARDS[action] : reason
    if (answer.reason !== expected) problems.push(`${what}: ${answer.code} ${answer.reason}, not ${expected}`)
  }
  return problems
}

/** Without what only the first of several requests may have. */
const plainInput = (action: ActionName, input: object): object => {
  const dropped = ['if_version', NEW_IDS[action]]
  return Object.fromEntries(Object.entries(input).filter(([name]) => !dropped.includes(name)))
}
