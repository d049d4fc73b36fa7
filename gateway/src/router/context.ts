import type { Tables } from '@mchat/schema/tables'
import type { Kysely, Transaction } from 'kysely'
import type { Access } from '../access/access.ts'
import type { Authenticate } from '../access/credentials.ts'
import type { SessionKeeper } from '../access/sessions.ts'
import type { Tokens } from '../access/tokens.ts'
import type { Agents } from '../agents/agents.ts'
import type { RelayedMessage } from '../agents/asks.ts'
import type { AuditChain } from '../audit/chain.ts'
import type { AuditHeads } from '../audit/heads.ts'
import type { Config } from '../config.ts'
import type { Directory, EmployeeEntry, SessionEntry } from '../db/directory.ts'
import type { Attest } from '../delivery/attestation.ts'
import type { Audience } from '../delivery/audience.ts'
import type { MentionFinder } from '../delivery/mentions.ts'
import type { MessageIds } from '../delivery/message-ids.ts'
import type { Files } from '../files/files.ts'
import type { Clock } from '../platform/clock.ts'
import type { Sealing } from '../platform/sealing.ts'
import type { LockedFacts } from '../policies/facts.ts'
import type { Authenticator } from '../second-factor/authenticator.ts'
import type { SecondFactor } from '../second-factor/second-factor.ts'
import type { Stats } from '../stats/overview.ts'
import type { Effect } from './effects.ts'

/** What every handler may use: the parts of the gateway, put together in compose.ts. */
export interface Services {
  readonly config: Config
  readonly clock: Clock
  readonly directory: Directory
  readonly access: Access
  readonly messageIds: MessageIds
  readonly mentions: MentionFinder
  readonly audience: Audience
  readonly attest: Attest
  readonly authenticate: Authenticate
  readonly keeper: SessionKeeper
  readonly tokens: Tokens
  readonly authenticator: Authenticator
  readonly secondFactor: SecondFactor
  readonly newChallengeId: () => string
  readonly auditChain: AuditChain
  readonly auditHeads: AuditHeads
  readonly agents: Agents
  readonly files: Files
  readonly sealing: Sealing
  readonly stats: Stats
}

/** Who asks. */
export interface Caller {
  readonly clientId: string
  readonly employeeId: string
  readonly employee: EmployeeEntry
  readonly session: SessionEntry
}

interface BaseContext extends Services {
  readonly clientId: string
  readonly seqId: string
  /** Adds to the audit row of a request that is done, under `done`: ids and numbers, never what people write. */
  note(facts: Readonly<Record<string, unknown>>): void
}

export interface ReadContext extends BaseContext {
  readonly caller: Caller
  readonly db: Kysely<Tables>
}

/** A change runs in one transaction with its entry in the request log; what is thrown rolls everything back. */
export interface ChangeContext extends BaseContext {
  readonly caller: Caller
  readonly tx: Transaction<Tables>
  /** The time of the change, the same for every row it writes. */
  readonly now: Date
  /** What happens after the commit, in the order given: caches and rights first, then announcements. */
  readonly effects: Effect[]
  /**
   * Judges the rule of the action and the rights of its fields again, by what this transaction has locked: the request was
   * let in by what was remembered, and that may have changed while it waited for the locks.
   * @throws MChatError as `authorise`
   */
  judge(locked: LockedFacts): Promise<void>
}

export interface ConnectionContext extends BaseContext {
  /** The employee the broker vouches for on this connection, where it can. */
  readonly vouchedEmployeeId: string | undefined
  readonly db: Kysely<Tables>
}

/** A relay passes something on. Nothing is written; the answer goes out when the broker has every delivery. */
export interface RelayContext extends BaseContext {
  readonly caller: Caller
  /** The JSON text of an input field exactly as it was sent, for passing it on without serialising it again. */
  rawField(name: string): string
  readonly deliver: Deliveries
  /** The message may be for agents: when it is with the broker, those are called. */
  mayAsk(message: Omit<RelayedMessage, 'clientId' | 'seqId' | 'sender'>, isAwaited: boolean): void
}

/** Queues what a relay passes on. `json` is the complete payload. */
export interface Deliveries {
  /** On `system/notify`. */
  everybody(json: string): void
  inbox(employeeId: string, json: string): void
  group(groupId: string, json: string): void
  /** Copies to the caller's other devices; nothing happens when there are none. */
  ownDevices(json: string): void
  inboxStream(employeeId: string, json: string): void
  groupStream(groupId: string, json: string): void
}
