import { useEffect, useState } from 'react'
import { useClient } from '../../connection/connection-context.tsx'
import type { AuditEntry } from './audit-columns.tsx'
import { type AuditFilter, isShown } from './audit-filter.ts'

interface AuditTail {
  /** Newest first. */
  readonly rows: readonly AuditEntry[]
  /** Rows are known to be missing: they are in the log. */
  readonly hasMissed: boolean
}

const NOTHING: AuditTail = { rows: [], hasMissed: false }
/** What is older is in the log itself. */
const MOST_ROWS = 500
/** However many arrive, the page is drawn so often. */
const DRAW_MS = 250

/**
 * What is written to the log while somebody looks at it. It comes by itself: to ask for it would be recorded each time.
 * @param newest the newest row that is there already
 */
export const useAuditTail = (filter: AuditFilter, isLive: boolean, newest: number): AuditTail => {
  const client = useClient()
  const [tail, setTail] = useState(NOTHING)
  useEffect(() => {
    setTail(NOTHING)
    if (!isLive) return undefined
    const arrived: AuditEntry[] = []
    let hasMissed = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const draw = (): void => {
      timer = undefined
      const rows = arrived.splice(0)
      const lost = hasMissed
      setTail((before) => ({
        rows: merged(rows, before.rows),
        hasMissed: before.hasMissed || lost,
      }))
    }
    const stop = client.on('changes', ({ changes, dropped }) => {
      for (const change of changes) {
        if (change.noun === 'audit' && change.row.seq > newest && isShown(filter, change.row)) arrived.push(change.row)
      }
      hasMissed ||= dropped !== undefined
      if (arrived.length > 0 || hasMissed) timer ??= setTimeout(draw, DRAW_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [client, filter, isLive, newest])
  return tail
}

/** Gateways tell of their rows by themselves, so they come nearly in order. */
const merged = (rows: readonly AuditEntry[], before: readonly AuditEntry[]): readonly AuditEntry[] => {
  const bySeq = new Map([...before, ...rows].map((row) => [row.seq, row]))
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, MOST_ROWS)
}
