import { useEffect, useMemo, useRef } from 'react'
import type { VirtualSelection } from './virtual-columns.ts'

export interface RowSelection {
  readonly has: (key: string) => boolean
  /** Chooses a row or gives it up; with all from the one before that was, where somebody asks for it and it is known. */
  readonly toggle: (index: number, isWithBetween: boolean) => void
  readonly all: 'none' | 'some' | 'all'
  /** All that may be chosen, whether they are in the page or not. */
  readonly toggleAll: () => void
}

/**
 * @param selection undefined: nothing can be chosen
 * @param view from a row that was chosen in another one, nothing is chosen
 */
export const useRowSelection = <E>(
  rows: readonly E[],
  keyAt: (index: number) => string,
  selection: VirtualSelection<E> | undefined,
  view: string | undefined,
): RowSelection => {
  const { isSelectable, selected = NONE } = selection ?? {}
  const before = useRef<string>(undefined)
  const chosen = useMemo(() => new Set(selected), [selected])
  const all = useMemo(() => {
    if (isSelectable === undefined || chosen.size === 0) return 'none'
    const states = new Set<boolean>()
    for (let i = 0; i < rows.length && states.size < 2; i++)
      if (isSelectable(rows[i] as E)) states.add(chosen.has(keyAt(i)))
    return states.size === 2 ? 'some' : states.has(true) ? 'all' : 'none'
  }, [chosen, isSelectable, keyAt, rows])

  // A range begins in what is chosen and shown, which somebody may have given up elsewhere.
  useEffect(() => {
    if (all === 'none') before.current = undefined
  }, [all])
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another view others are shown
  useEffect(() => {
    before.current = undefined
  }, [view])

  const set = (from: number, to: number, isChosen: boolean): void => {
    const keys = new Set<string>()
    for (let i = from; i <= to; i++) if (isSelectable?.(rows[i] as E)) keys.add(keyAt(i))
    const others = selected.filter((key) => !keys.has(key))
    selection?.onSelect(isChosen ? [...others, ...keys] : others)
  }
  return {
    has: (key) => chosen.has(key),
    toggle(index, isWithBetween) {
      const row = rows[index]
      if (row === undefined || isSelectable?.(row) !== true) return
      const other = isWithBetween ? rows.findIndex((_, i) => keyAt(i) === before.current) : -1
      before.current = keyAt(index)
      const from = other === -1 ? index : other
      set(Math.min(from, index), Math.max(from, index), !chosen.has(keyAt(index)))
    },
    all,
    toggleAll: () => set(0, rows.length - 1, all !== 'all'),
  }
}

const NONE: readonly string[] = []
