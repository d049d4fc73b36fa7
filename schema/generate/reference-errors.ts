import { type ActionDefinition, errorsOf } from '../src/action.ts'
import { ACTIONS } from '../src/actions/index.ts'
import { COMMON_ERRORS, ERRORS, type ErrorKey } from '../src/errors.ts'
import { anchor, code, GENERATED_MARK, paragraphs, table } from './markdown.ts'

/** What each code means for whoever receives it (contract 3). */
export const CODE_TEXTS: Readonly<Record<number, string>> = {
  400: 'The request is malformed or invalid; `data.errors[]` names each field and why.',
  401: 'This client_id has no session, or it expired or was revoked.',
  403: 'Not allowed.',
  404: 'There is no such thing.',
  409: 'It conflicts with what exists.',
  413: 'Too large.',
  429: 'Over a limit; `retry_after_ms` says how long to wait.',
  500: 'The gateway failed; nothing was half done.',
  503: 'Something the gateway needs is down; retry.',
  504: 'An agent has not answered; the message itself was relayed.',
}

const common: ReadonlySet<string> = new Set(COMMON_ERRORS)
const answeredBy = (key: ErrorKey): string => {
  if (common.has(key)) return 'any action'
  const definitions = Object.entries<ActionDefinition>(ACTIONS).filter(([, { answered }]) => answered !== false)
  const names = definitions.filter(([, definition]) => errorsOf(definition).includes(key)).map(([name]) => name)
  const changes = definitions.filter(([, definition]) => definition.kind === 'change').map(([name]) => name)
  if (names.join() === changes.join()) return 'any change'
  return names.map((name) => `[${code(name)}](actions.md#${anchor(name)})`).join(', ')
}

const codeSection = (number: number): string[] => {
  const entries = (Object.keys(ERRORS) as ErrorKey[]).filter((key) => ERRORS[key].code === number)
  return [
    `## ${number}`,
    CODE_TEXTS[number] ?? '',
    table(
      ['Reason', 'Retry', 'English', '中文', 'Answered by'],
      entries.map((key) => {
        const { retryable, en, zh } = ERRORS[key]
        return [code(key), retryable ? 'yes' : 'no', en, zh, answeredBy(key)]
      }),
    ),
  ]
}

/** docs/reference/errors.md */
export const errorsPage = (): string => {
  const codes = [...new Set(Object.values(ERRORS).map((entry) => entry.code))].sort((a, b) => a - b)
  return paragraphs(
    '# Errors',
    GENERATED_MARK,
    'An answer with a `code` other than 0 carries one of these as `reason`. Programs look at `code` and `reason`; ' +
      '`message` is for people, in the language of the deployment, and its text may change. Retry says whether the ' +
      'same request, unchanged, may succeed later; repeat it with the same seq_id.',
    ...codes.flatMap(codeSection),
  )
}
