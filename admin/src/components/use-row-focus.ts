import { type FocusEvent, type KeyboardEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { indexOfRow, type KnownRow } from './index-of-row.ts'
import { stopsIn } from './use-row-stops.ts'

interface RowFocusOptions {
  readonly body: RefObject<HTMLElement | null>
  readonly count: number
  readonly keyAt: (index: number) => string
  /** How many are seen at once. */
  readonly page: () => number
  readonly reveal: (index: number) => void
  readonly onOpen: ((index: number) => void) | undefined
  /** Also with all rows from the one before that was selected. */
  readonly onSelect: ((index: number, isWithBetween: boolean) => void) | undefined
  /** Takes the focus to before or behind all rows. */
  readonly onLeave: (isBackwards: boolean, event: KeyboardEvent) => void
}

export interface RowFocus {
  /** The row that has the focus, or something in it; it has to stay in the page. undefined: the focus is elsewhere. */
  readonly focused: number | undefined
  readonly onFocus: (event: FocusEvent) => void
  readonly onBlur: (event: FocusEvent) => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

/**
 * The focus among rows of which only a few are in the page. Arrows, Home, End, PageUp and PageDown move it, Enter opens a
 * row, Space selects it, with Shift also what is between, Tab goes through what is in the row and out of the table. It stays
 * at its row while others come and go, and goes to the next where its own disappears.
 */
export const useRowFocus = (options: RowFocusOptions): RowFocus => {
  const { body, count, keyAt, page, reveal } = options
  const [at, setAt] = useState<KnownRow>()
  const isMoving = useRef(false)
  const index = at === undefined || count === 0 ? undefined : indexOrNext(at, count, keyAt)
  // Where it is now is where the next one is, should it disappear: others may have come above it since it was gone to.
  if (at !== undefined && index !== undefined && (index !== at.index || keyAt(index) !== at.key))
    setAt({ key: keyAt(index), index })

  useLayoutEffect(() => {
    if (index === undefined) return
    // Whatever had it was taken out of the page: nobody has, then.
    const isLost = document.activeElement === document.body
    if (!isMoving.current && !isLost) return
    isMoving.current = false
    rowIn(body.current, index)?.focus({ preventScroll: true })
  })

  const moveTo = (wanted: number, event: KeyboardEvent): void => {
    event.preventDefault()
    const next = Math.min(Math.max(wanted, 0), count - 1)
    isMoving.current = true
    reveal(next)
    setAt({ key: keyAt(next), index: next })
  }

  /** Where nothing opens the row itself, it is what its first link leads to. */
  const open = (index: number, row: HTMLElement | null): void => {
    if (options.onOpen === undefined) row?.querySelector('a')?.click()
    else options.onOpen(index)
  }
  return {
    focused: index,
    onFocus({ target }) {
      const next = indexAt(target, body.current)
      if (next !== undefined && next !== index && next < count) setAt({ key: keyAt(next), index: next })
    },
    onBlur({ relatedTarget }) {
      if (indexAt(relatedTarget, body.current) === undefined) setAt(undefined)
    },
    onKeyDown(event) {
      const { altKey, ctrlKey, key, metaKey, target } = event
      const here = indexAt(target, body.current)
      // What a row has opened belongs to it, but is not in it.
      if (here === undefined || event.defaultPrevented || altKey || metaKey || ctrlKey) return
      const row = rowIn(body.current, here)
      if (key === 'Tab') return leaveAtEnd(row, event, options.onLeave)
      if (key === 'ArrowDown') return moveTo(here + 1, event)
      if (key === 'ArrowUp') return moveTo(here - 1, event)
      // What is in the row has its own way with the others.
      if (target !== row) return
      if (key === 'Home') moveTo(0, event)
      else if (key === 'End') moveTo(count - 1, event)
      else if (key === 'PageDown') moveTo(here + page(), event)
      else if (key === 'PageUp') moveTo(here - page(), event)
      else if (key === 'Enter') open(here, row)
      else if (key === ' ' && options.onSelect !== undefined) {
        event.preventDefault()
        options.onSelect(here, event.shiftKey)
      }
    },
  }
}

/** Which row an element is in; undefined: in none of these. */
export const indexAt = (element: EventTarget | null, body: HTMLElement | null): number | undefined => {
  if (!(element instanceof Element) || body === null || !body.contains(element)) return undefined
  const index = element.closest<HTMLElement>('[data-index]')?.dataset.index
  return index === undefined ? undefined : Number(index)
}

const rowIn = (body: HTMLElement | null, index: number): HTMLElement | null =>
  body?.querySelector<HTMLElement>(`:scope > [data-index="${index}"]`) ?? null

/** Where it is, or what has come into its place. */
const indexOrNext = (at: KnownRow, count: number, keyAt: (index: number) => string): number => {
  const found = indexOfRow(at, count, keyAt)
  return found === -1 ? Math.min(at.index, count - 1) : found
}

const leaveAtEnd = (row: HTMLElement | null, event: KeyboardEvent, onLeave: RowFocusOptions['onLeave']): void => {
  if (row === null) return
  const last = event.shiftKey ? row : (stopsIn(row).at(-1) ?? row)
  if (event.target === last) onLeave(event.shiftKey, event)
}
