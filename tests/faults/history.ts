/**
 * What happened during a run, as the clients saw it: the only thing the checker judges. Times are milliseconds of the
 * machine's monotonic clock, the same in every process.
 */
export type HistoryEvent = Invoke | Response | Deliver | Fault | Healed | Away | Back | Subscribed | Note

/** A client is about to publish a request; again with the same seq when it repeats it. */
export interface Invoke {
  readonly type: 'invoke'
  readonly t: number
  readonly client: string
  readonly seq: string
  readonly sender: string
  /** Default: a message. */
  readonly kind?: 'send' | 'change' | 'read'
  /** Of a message. */
  readonly conversation?: string
  readonly hash?: string
  /** Of a change of members. */
  readonly member?: { readonly group: string; readonly employee: string; readonly joins: boolean }
  /** The only code that is right in the end. Default: 0, unless the sender is in the conversation only at times. */
  readonly expect?: number
  /** The seq was used before with another payload. */
  readonly conflicts?: boolean
}

/** A client has a response. */
export interface Response {
  readonly type: 'response'
  readonly t: number
  readonly client: string
  readonly seq: string
  readonly code: number
  readonly msgId?: string | undefined
  /** The rest of its data, without what may differ in a repetition (contract 3.1, 3). */
  readonly answer?: string
}

/** A session received a message. */
export interface Deliver {
  readonly type: 'deliver'
  readonly t: number
  readonly session: string
  readonly msgId: string
  readonly sender: string
  readonly conversation: string
  readonly hash: string
}

export interface Fault {
  readonly type: 'fault'
  readonly t: number
  readonly what: string
  /** The broker was killed: what it acknowledged in the last moment may be gone (docs/reliability.md). */
  readonly crashesBroker?: boolean
  /** Even a client that never repeats anything notices nothing. */
  readonly isHarmless?: boolean
}

/** The latest fault of this name is over. */
export interface Healed {
  readonly type: 'healed'
  readonly t: number
  readonly what: string
}

export interface Away {
  readonly type: 'away'
  readonly t: number
  readonly session: string
}

export interface Back {
  readonly type: 'back'
  readonly t: number
  readonly session: string
}

/** The broker has granted a subscription. */
export interface Subscribed {
  readonly type: 'subscribed'
  readonly t: number
  readonly session: string
  readonly conversation: string
}

/** For whoever reads the history; not judged. */
export interface Note {
  readonly type: 'note'
  readonly t: number
  readonly text: string
}

export interface History {
  readonly events: readonly HistoryEvent[]
  /** Persistent sessions that had subscribed before the first message, and the conversations each is entitled to. */
  readonly sessions: ReadonlyMap<string, ReadonlySet<string>>
  /** Sessions of those who are added to groups and removed from them during the run, and these groups' conversations. */
  readonly guests?: ReadonlyMap<string, ReadonlySet<string>>
}

export type Recorder = (event: HistoryEvent) => void

/** CLOCK_MONOTONIC, as Python's `time.monotonic`. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** Owner of a client_id (contract 1). */
export const ownerOfSession = (session: string): string => session.split('_').slice(0, -2).join('_')
