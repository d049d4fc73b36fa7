import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Entry } from './conversation.ts'

/** Shown of a long conversation at its end, and elsewhere; moved by `STEP` when somebody comes near to an edge. */
const AT_END = 80
const SPAN = 160
const STEP = 60
/** Pixels to what is not shown yet, and to the end for it to count as the end. */
const NEAR = 400
const END = 48

export interface MessageWindow {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly content: RefObject<HTMLDivElement | null>
  readonly shown: readonly Entry[]
  /** The first there is, is shown. */
  readonly showsFirst: boolean
  /** What comes is scrolled to. Otherwise somebody reads above, and nothing moves. */
  readonly isAtEnd: boolean
  readonly onScroll: () => void
  readonly toEnd: () => void
  readonly showEntry: (no: number) => void
}

/**
 * Of any number of entries as many are in the page as one can look at. Rows tell their number by `data-no`; what one looks at
 * stays where it is while rows come and go above it, which not every browser does by itself.
 */
export const useMessageWindow = (entries: readonly Entry[]): MessageWindow => {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [firstNo, setFirstNo] = useState<number | undefined>()
  const anchor = useRef<{ readonly no: string; readonly top: number } | undefined>(undefined)
  const wanted = useRef<number | undefined>(undefined)
  const isAtEnd = firstNo === undefined

  const found = isAtEnd ? -1 : entries.findIndex(({ no }) => no >= firstNo)
  const from = isAtEnd ? Math.max(0, entries.length - AT_END) : Math.max(0, found)
  const shown = entries.slice(from, isAtEnd ? undefined : from + SPAN)
  const end = from + shown.length

  const moveTo = (index: number): void => {
    const element = scroller.current
    if (element === null) return
    const { top } = element.getBoundingClientRect()
    const row = [...element.querySelectorAll<HTMLElement>('[data-no]')].find(
      (each) => each.getBoundingClientRect().bottom > top,
    )
    if (row !== undefined) anchor.current = { no: row.dataset.no ?? '', top: row.getBoundingClientRect().top }
    setFirstNo(entries[Math.max(0, index)]?.no)
  }

  const onScroll = (): void => {
    const element = scroller.current
    if (element === null) return
    const below = element.scrollHeight - element.scrollTop - element.clientHeight
    if (below < END && end === entries.length) setFirstNo(undefined)
    else if (element.scrollTop < NEAR && from > 0) moveTo(from - STEP)
    else if (below < NEAR && end < entries.length) moveTo(from + STEP)
    else if (isAtEnd) setFirstNo(entries[from]?.no)
  }

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const rowOf = (no: string | number) => element.querySelector<HTMLElement>(`[data-no="${no}"]`)
    if (wanted.current !== undefined) rowOf(wanted.current)?.scrollIntoView({ block: 'center' })
    else if (isAtEnd) element.scrollTop = element.scrollHeight
    else if (anchor.current !== undefined) {
      const top = rowOf(anchor.current.no)?.getBoundingClientRect().top
      if (top !== undefined) element.scrollTop += top - anchor.current.top
    }
    wanted.current = undefined
    anchor.current = undefined
  })

  // Pictures grow when they are there, and the place for them when a keyboard comes.
  useEffect(() => {
    const element = scroller.current
    const inner = content.current
    if (element === null || inner === null || !isAtEnd) return undefined
    const observer = new ResizeObserver(() => {
      element.scrollTop = element.scrollHeight
    })
    observer.observe(element)
    observer.observe(inner)
    return () => observer.disconnect()
  }, [isAtEnd])

  const toEnd = useCallback(() => setFirstNo(undefined), [])
  const all = useRef(entries)
  all.current = entries
  const showEntry = useCallback((no: number) => {
    const index = all.current.findIndex((entry) => entry.no === no)
    if (index < 0) return
    wanted.current = no
    setFirstNo(all.current[Math.max(0, index - STEP)]?.no)
  }, [])
  return { scroller, content, shown, showsFirst: from === 0, isAtEnd, onScroll, toEnd, showEntry }
}
