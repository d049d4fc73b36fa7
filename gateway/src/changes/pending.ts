import { type AuditRowBrief, type Change, type ChangeNoun, LIMITS } from '@mchat/schema'

export interface PendingChange {
  readonly change: Change
  /** The department it was in when the change began; null: none. undefined: that is not known. */
  readonly from?: string | null | undefined
}

/** What was gathered since the last time, in the order in which it is told. */
export interface Gathered {
  readonly changes: readonly PendingChange[]
  /** So many were gathered beside these, by noun. */
  readonly dropped: ReadonlyMap<ChangeNoun, number>
}

/**
 * What is still to be told, bounded: of each noun as many as fit into one event, so that a flood of one does not push out
 * the others; the rest is counted. Of several changes of one kind to one thing only the last is kept.
 */
export interface PendingChanges {
  add(pending: PendingChange): void
  /** So many of a noun were lost somewhere else. */
  lose(noun: ChangeNoun, count: number): void
  /** What was taken and could not be told: it comes before what was added since, as far as there is room. */
  giveBack(gathered: Gathered): void
  readonly isEmpty: boolean
  /** Everything, which is then forgotten here. */
  take(): Gathered
}

export const createPendingChanges = (): PendingChanges => {
  let byNoun = new Map<ChangeNoun, Map<string, PendingChange>>()
  let dropped = new Map<ChangeNoun, number>()

  const lose = (noun: ChangeNoun, count: number): void => {
    dropped.set(noun, (dropped.get(noun) ?? 0) + count)
  }

  const add = (pending: PendingChange): void => {
    const { noun } = pending.change
    const ofNoun = byNoun.get(noun) ?? new Map<string, PendingChange>()
    byNoun.set(noun, ofNoun)
    const key = keyOf(pending.change)
    const earlier = ofNoun.get(key)
    if (earlier === undefined && ofNoun.size >= LIMITS.changesPerEvent) {
      lose(noun, 1)
      return
    }
    // Behind those that came after the earlier one.
    ofNoun.delete(key)
    ofNoun.set(key, earlier === undefined ? pending : { ...pending, from: earlier.from })
  }

  return {
    add,
    lose,
    giveBack(gathered) {
      const since = this.take()
      for (const { changes, dropped } of [gathered, since]) {
        for (const change of changes) add(change)
        for (const [noun, count] of dropped) lose(noun, count)
      }
    },
    get isEmpty() {
      return byNoun.size === 0 && dropped.size === 0
    },
    take() {
      const audit = [...(byNoun.get('audit')?.values() ?? [])].sort((a, b) => rowOf(a).seq - rowOf(b).seq)
      byNoun.delete('audit')
      const changes = [...[...byNoun.values()].flatMap((ofNoun) => [...ofNoun.values()]), ...audit]
      const gathered = { changes, dropped }
      byNoun = new Map()
      dropped = new Map()
      return gathered
    },
  }
}

const rowOf = ({ change }: PendingChange): Pick<AuditRowBrief, 'seq'> => ('row' in change ? change.row : { seq: 0 })

const keyOf = (change: Change): string => {
  if (change.noun === 'audit') return String(change.row.seq)
  if (change.noun === 'run') return change.run_id
  return `${change.target_id ?? ''} ${change.action} ${change.operator_id ?? ''}`
}
