import type { Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect, useRef } from 'react'
import { indexOfRow, type KnownRow } from './index-of-row.ts'

interface Place extends KnownRow {
  readonly keyAt: (index: number) => string
  readonly view: string | undefined
  readonly start: number
}

/**
 * What somebody looks at stays where it is while rows come above it and go; whoever is at the first row sees the new ones.
 * @param view another one begins at its first row
 */
export const useRowPlace = (
  scroller: RefObject<HTMLElement | null>,
  virtualizer: Virtualizer<HTMLDivElement, HTMLElement>,
  keyAt: (index: number) => string,
  count: number,
  view: string | undefined,
): void => {
  const place = useRef<Place>(undefined)
  useLayoutEffect(() => {
    const before = place.current
    const element = scroller.current
    const startOf = (index: number): number => virtualizer.measurementsCache[index]?.start ?? 0
    // Asking the element where it is would have it laid out now, whether anything is to be moved or not.
    if (element !== null && before !== undefined && before.keyAt !== keyAt && (virtualizer.scrollOffset ?? 0) > 0) {
      const index = before.view === view ? indexOfRow(before, count, keyAt) : 0
      if (before.view !== view) element.scrollTop = 0
      // Rows may have been here a moment ago, of which the virtualizer is told with the next frame only: the element knows.
      else if (index !== -1 && index !== before.index) element.scrollTop += startOf(index) - before.start
    }
    const index = virtualizer.range?.startIndex ?? 0
    place.current = { keyAt, view, index, key: index < count ? keyAt(index) : '', start: startOf(index) }
  })
}
