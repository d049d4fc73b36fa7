import { useCallback, useLayoutEffect, useRef } from 'react'

type RowRef = (element: HTMLElement | null) => void

const STOPS = 'a[href], button:not(:disabled), input:not(:disabled), [tabindex]'

/** What Tab stops at within a row, in its order. */
export const stopsIn = (row: HTMLElement): readonly HTMLElement[] =>
  [...row.querySelectorAll<HTMLElement>(STOPS)].filter(({ tabIndex }) => tabIndex >= 0)

/**
 * Tab comes to what is in one row only. It would otherwise go through all that are in the page, which are also some that
 * nobody sees. What is in the others can be clicked all the same, which `inert` would prevent.
 * @param measure is given the row, too
 */
export const useRowStops = (isStop: boolean, measure: RowRef | undefined): RowRef => {
  const row = useRef<HTMLElement>(null)
  // After every rendering, which may have brought others.
  useLayoutEffect(() => {
    if (isStop || row.current === null) return undefined
    const passed = stopsIn(row.current).map((stop) => [stop, stop.getAttribute('tabindex')] as const)
    for (const [stop] of passed) stop.tabIndex = -1
    return () => {
      for (const [stop, before] of passed) {
        if (before === null) stop.removeAttribute('tabindex')
        else stop.setAttribute('tabindex', before)
      }
    }
  })
  return useCallback(
    (element) => {
      row.current = element
      measure?.(element)
    },
    [measure],
  )
}
