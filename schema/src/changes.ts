import Type, { type Static } from 'typebox'
import { RunFailure, RunId, RunState } from './agent-run.ts'
import { AuditRow, Timestamp } from './entities.ts'
import { EmployeeId } from './id-fields.ts'
import type { Permission } from './roles.ts'

interface NounEntry {
  /** For the reference page: what it tells of. */
  readonly text: string
  /** Of a change by an action: what `target_id` is, for the reference page. */
  readonly target?: string
  /** Whoever holds one of these is told; with `agents`, only where the employee is an AI agent. */
  readonly toldTo: readonly { readonly permission: Permission; readonly only?: 'agents' }[]
  /**
   * In which department it is: that of the employee `target_id`, of the owner of the session, or the department itself.
   * Whose permission is limited to a department hears of nothing else; without this they hear of nothing.
   */
  readonly place?: 'employee' | 'session' | 'department'
}

const OF_EMPLOYEES = [{ permission: 'org.manage' }, { permission: 'agent.manage', only: 'agents' }] as const

/**
 * What `Changes` tells of, and whom: those who may ask for it anyway. What is told names things by ids that everybody may
 * list; who changed what, and when, is for those who administer it.
 */
export const CHANGE_NOUNS = {
  employee: { text: 'a person or an AI agent', target: 'employee_id', toldTo: OF_EMPLOYEES, place: 'employee' },
  role: { text: 'the roles of an employee', target: 'employee_id', toldTo: OF_EMPLOYEES, place: 'employee' },
  credential: {
    text: 'what an employee signs in with: passwords, devices, the second factor',
    target: 'employee_id',
    toldTo: OF_EMPLOYEES,
    place: 'employee',
  },
  session: {
    text: 'a session was opened, or has ended',
    target: 'client_id',
    toldTo: OF_EMPLOYEES,
    place: 'session',
  },
  department: {
    text: 'a department',
    target: 'department_id',
    toldTo: [{ permission: 'org.manage' }],
    place: 'department',
  },
  group: { text: 'a group or its members', target: 'group_id', toldTo: [{ permission: 'group.manage' }] },
  agent: {
    text: 'how an AI agent is called: its secrets, its pause, where it is silent',
    target: 'employee_id',
    toldTo: [{ permission: 'agent.manage' }],
  },
  announcement: { text: 'an announcement', toldTo: [{ permission: 'system.manage' }] },
  run: { text: 'a call of an AI agent', toldTo: [{ permission: 'agent.manage' }] },
  audit: { text: 'a new row of the audit log', toldTo: [{ permission: 'audit.read' }] },
} as const satisfies Record<string, NounEntry>
export type ChangeNoun = keyof typeof CHANGE_NOUNS
/** The same with the optional fields in sight. */
export const changeNoun = (noun: ChangeNoun): NounEntry => CHANGE_NOUNS[noun]

/** What actions change: `run` and `audit` change by themselves. */
export type ChangedNoun = Exclude<ChangeNoun, 'run' | 'audit'>
const CHANGED_NOUNS = (Object.keys(CHANGE_NOUNS) as ChangeNoun[]).filter(
  (noun): noun is ChangedNoun => noun !== 'run' && noun !== 'audit',
)

/** What a change changes: by the name of its action or, where that is not here, by the first word of it. */
const NOUN_OF: ReadonlyMap<string, ChangedNoun> = new Map(
  Object.entries({
    employee: 'employee',
    'employee.reset_credentials': 'credential',
    auth: 'credential',
    device: 'credential',
    session: 'session',
    department: 'department',
    group: 'group',
    agent: 'agent',
    system: 'announcement',
  } as const),
)
export const changedNounOf = (action: string): ChangedNoun | undefined =>
  NOUN_OF.get(action) ?? NOUN_OF.get(action.slice(0, action.indexOf('.')))

/** What `action` says of a session that has ended because its time was over, or that of its credential. */
export const SESSION_EXPIRED = 'session.expired'
/** Of an agent that has handed a conversation over to a person. */
export const AGENT_HANDOFF = 'agent.handoff'

/** Something that was changed by an action; its new state is to be asked for. */
export const ChangedThing = Type.Object({
  noun: Type.Enum(CHANGED_NOUNS),
  action: Type.String({
    description: `The action that has changed it; \`${SESSION_EXPIRED}\` and \`${AGENT_HANDOFF}\` are none`,
  }),
  target_id: Type.Optional(
    Type.String({ description: 'An employee_id, client_id, department_id or group_id, as the noun has it' }),
  ),
  operator_id: Type.Union([EmployeeId, Type.Null()], { description: 'null: the gateway itself' }),
  at: Timestamp,
})
export type ChangedThing = Static<typeof ChangedThing>

/** A call of an agent has come to another state. */
export const ChangedRun = Type.Object({
  noun: Type.Literal('run'),
  run_id: RunId,
  agent_id: EmployeeId,
  state: RunState,
  reason: Type.Optional(RunFailure),
  at: Timestamp,
})
export type ChangedRun = Static<typeof ChangedRun>

/** A row as `audit.list` shows it, without the fields of the request. */
export const AuditRowBrief = Type.Object({
  ...Type.Omit(AuditRow, ['params']).properties,
  dry_run: Type.Optional(Type.Literal(true, { description: 'It was asked what would be done, and nothing was' })),
})
export type AuditRowBrief = Static<typeof AuditRowBrief>

export const ChangedAudit = Type.Object({ noun: Type.Literal('audit'), row: AuditRowBrief })
export type ChangedAudit = Static<typeof ChangedAudit>

/** One thing that has changed. A client ignores a `noun` that it does not know. */
export const Change = Type.Union([ChangedThing, ChangedRun, ChangedAudit])
export type Change = Static<typeof Change>
