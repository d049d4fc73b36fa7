import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useCallback,
  useEffect,
  useRef,
} from 'react'
import { indexAt, useRowFocus } from './use-row-focus.ts'
import { useRowPlace } from './use-row-place.ts'
import type { RowSelection } from './use-row-selection.ts'
import type { VirtualTableProps } from './virtual-columns.ts'
import { VirtualRow } from './virtual-row.tsx'
import styles from './virtual-table.module.css'

type RowsProps<E> = Pick<
  VirtualTableProps<E>,
  'columns' | 'dragOf' | 'isMeasured' | 'onNearEnd' | 'onOpen' | 'rowHeight' | 'rows' | 'selection' | 'view'
> & {
  readonly keyAt: (index: number) => string
  readonly chosen: RowSelection
  readonly scroller: RefObject<HTMLDivElement | null>
  /** Of the titles, which cover the first rows. */
  readonly headHeight: number
  readonly onLeave: (isBackwards: boolean, event: KeyboardEvent) => void
}

/** Beyond what is seen, so that nothing is blank before the next frame. */
const OVERSCAN = 4
/** So many rows before the last one that is known, more are asked for. */
const NEAR_END = 12

/** The rows that are seen, and the one that has the focus. */
export const VirtualRows = <E extends object>(props: RowsProps<E>) => {
  const { chosen, columns, dragOf, isMeasured = false, keyAt, onNearEnd, onOpen, rowHeight, rows, scroller } = props
  const { selection } = props
  const body = useRef<HTMLDivElement>(null)
  const open = (index: number): void => {
    const row = rows[index]
    if (row !== undefined) onOpen?.(row)
  }
  const focus = useRowFocus({
    body,
    count: rows.length,
    keyAt,
    page: () => Math.max(1, (virtualizer.range?.endIndex ?? 0) - (virtualizer.range?.startIndex ?? 0) - 1),
    reveal: (index) => virtualizer.scrollToIndex(index),
    onOpen: onOpen && open,
    onSelect: selection && chosen.toggle,
    onLeave: props.onLeave,
  })
  const { focused } = focus
  const before = useRef(0)
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: keyAt,
    overscan: OVERSCAN,
    scrollPaddingEnd: props.headHeight,
    rangeExtractor: useCallback(
      (range: Range) => {
        const isFar = Math.abs(range.startIndex - before.current) > range.endIndex - range.startIndex
        before.current = range.startIndex
        // None of those that were there is seen any more, and nor will be those around these.
        const seen = defaultRangeExtractor(isFar ? { ...range, overscan: 0 } : range)
        return focused === undefined || focused >= range.count || seen.includes(focused) ? seen : [...seen, focused]
      },
      [focused],
    ),
  })
  useRowPlace(scroller, virtualizer, keyAt, rows.length, props.view)
  const seen = virtualizer.getVirtualItems()
  const { endIndex, startIndex } = virtualizer.range ?? { startIndex: 0, endIndex: 0 }
  const isNearEnd = endIndex >= rows.length - NEAR_END
  useEffect(() => {
    if (isNearEnd) onNearEnd?.()
  }, [isNearEnd, onNearEnd])

  const onClick = ({ shiftKey, target }: MouseEvent): void => {
    const index = indexAt(target, body.current)
    if (index === undefined || !(target instanceof Element)) return
    if (target.matches('input[data-select]')) chosen.toggle(index, shiftKey)
    else if (target.closest('a, button, input') === null) open(index)
  }
  const onDragStart = (event: DragEvent): void => {
    const row = rows[indexAt(event.target, body.current) ?? -1]
    if (row !== undefined) dragOf?.(row)?.(event)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: its rows are put at their places
    <div
      ref={body}
      role="rowgroup"
      className={styles.body}
      style={{ height: virtualizer.getTotalSize() }}
      onClick={onClick}
      onDragStart={onDragStart}
      onFocus={focus.onFocus}
      onBlur={focus.onBlur}
      onKeyDown={focus.onKeyDown}
    >
      {seen.map(({ index, key, start }) => {
        const row = rows[index]
        if (row === undefined) return null
        return (
          <VirtualRow
            key={String(key)}
            row={row}
            index={index}
            top={start}
            columns={columns}
            isStop={index === (focused ?? startIndex)}
            isOpening={onOpen !== undefined}
            isDraggable={dragOf?.(row) !== undefined}
            isSelected={selection && chosen.has(keyAt(index))}
            isSelectable={selection?.isSelectable(row)}
            labelOf={selection?.labelOf}
            measure={isMeasured ? virtualizer.measureElement : undefined}
          />
        )
      })}
    </div>
  )
}
