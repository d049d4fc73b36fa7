import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useClient } from '../../connection/connection-context.tsx'
import type { AuditEntry } from './audit-columns.tsx'
import { type AuditFilter, isShown } from './audit-filter.ts'
import { type AuditTail, NO_TAIL, sinceReading, withArrived } from './audit-tail.ts'

/** However many arrive, the page is drawn so often. */
const DRAW_MS = 250

/**
 * What is written to the log while somebody looks at it. It comes by itself: to ask for it would be recorded each time. What
 * comes while the log is being read is kept, too, since it may be newer than the answer.
 * @param newest the newest row that is there already
 */
export const useAuditTail = (
  filter: AuditFilter,
  isLive: boolean,
  newest: number,
): AuditTail & { readonly onRead: () => void } => {
  const client = useClient()
  const [tail, setTail] = useState(NO_TAIL)
  const wasPaused = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another filter others are shown
  useEffect(() => setTail(NO_TAIL), [filter])
  useEffect(() => setTail((before) => sinceReading(before, newest)), [newest])
  useEffect(() => {
    if (!isLive) {
      wasPaused.current = true
      return undefined
    }
    if (wasPaused.current) setTail((before) => withArrived(before, [], true))
    wasPaused.current = false
    const arrived: AuditEntry[] = []
    let hasMissed = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const draw = (): void => {
      timer = undefined
      const rows = arrived.splice(0)
      const lost = hasMissed
      hasMissed = false
      setTail((before) => withArrived(before, rows, lost))
    }
    const stop = client.on('changes', ({ changes, dropped }) => {
      for (const change of changes) {
        if (change.noun === 'audit' && isShown(filter, change.row)) arrived.push(change.row)
      }
      hasMissed ||= dropped !== undefined
      if (arrived.length > 0 || hasMissed) timer ??= setTimeout(draw, DRAW_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
      if (arrived.length > 0 || hasMissed) draw()
    }
  }, [client, filter, isLive])
  const rows = useMemo(() => sinceReading(tail, newest).rows, [tail, newest])
  const onRead = useCallback(() => setTail((before) => sinceReading(before, newest)), [newest])
  return { rows, hasMissed: tail.hasMissed, onRead }
}
