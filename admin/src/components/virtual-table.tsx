import { CaretDownFilled, CaretUpFilled } from '@ant-design/icons'
import { Spin } from 'antd'
import { type KeyboardEvent, type ReactNode, useCallback, useMemo, useRef, useState } from 'react'
import { useRowSelection } from './use-row-selection.ts'
import { tracksOf, type VirtualColumn, type VirtualSort, type VirtualTableProps } from './virtual-columns.ts'
import { cellClassOf } from './virtual-row.tsx'
import { VirtualRows } from './virtual-rows.tsx'
import styles from './virtual-table.module.css'

/**
 * A table of any number of rows, of which only those that are seen are in the page; moved through by the keyboard
 * (use-row-focus.ts). Its elements are few and plain: while somebody scrolls, they are made anew for every frame.
 */
export const VirtualTable = <E extends object>(props: VirtualTableProps<E>) => {
  const {
    columns,
    empty,
    hasMore = false,
    height,
    isLoading = false,
    isLoadingMore = false,
    label,
    rowKey,
    rows,
    selection,
    width,
  } = props
  const scroller = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLDivElement>(null)
  const end = useRef<HTMLSpanElement>(null)
  const [headHeight, setHeadHeight] = useState(0)
  const watchHead = useCallback((element: HTMLDivElement | null) => {
    head.current = element
    if (element !== null) setHeadHeight(element.offsetHeight)
  }, [])
  const keyAt = useCallback((index: number) => String(rows[index]?.[rowKey]), [rowKey, rows])
  const chosen = useRowSelection(rows, keyAt, selection, props.view)
  const tracks = useMemo(() => tracksOf(columns, width, selection !== undefined), [columns, selection, width])
  /** To the titles; and behind the table, from where the browser goes on. */
  const onLeave = (isBackwards: boolean, event: KeyboardEvent): void => {
    const stops = head.current?.querySelectorAll<HTMLElement>('button, input:not(:disabled)') ?? []
    const before = [...stops].at(-1)
    if (!isBackwards) end.current?.focus()
    else if (before === undefined) scroller.current?.focus()
    else {
      event.preventDefault()
      before.focus()
    }
  }
  return (
    <div className={styles.table}>
      {/* biome-ignore lint/a11y/useSemanticElements: its rows are put at their places */}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-busy={isLoading || isLoadingMore}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-multiselectable={selection !== undefined || undefined}
        tabIndex={-1}
        className={`${styles.scroller} ${isLoading ? styles.loading : ''}`}
        style={
          { maxHeight: height, '--columns': tracks, '--width': `${width}px`, '--row': `${props.rowHeight}px` } as object
        }
      >
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div role="rowgroup" ref={watchHead} className={styles.head}>
          {/* biome-ignore lint/a11y/useSemanticElements: see above */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: what is in it has the focus */}
          <div role="row" aria-rowindex={1} className={styles.titles}>
            {selection !== undefined && (
              <Title>
                <input
                  type="checkbox"
                  className={styles.checkbox}
                  aria-label={selection.allLabel}
                  checked={chosen.all === 'all'}
                  disabled={rows.length === 0}
                  ref={(element) => {
                    if (element !== null) element.indeterminate = chosen.all === 'some'
                  }}
                  onChange={chosen.toggleAll}
                />
              </Title>
            )}
            {columns.map((column) => (
              <ColumnTitle key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </div>
        </div>
        <VirtualRows<E>
          {...props}
          keyAt={keyAt}
          chosen={chosen}
          scroller={scroller}
          headHeight={headHeight}
          onLeave={onLeave}
        />
      </div>
      {rows.length === 0 && !isLoading && empty}
      {(isLoading || isLoadingMore) && (
        <div className={isLoading ? styles.waiting : styles.waitingMore}>
          <Spin />
        </div>
      )}
      <span ref={end} tabIndex={-1} />
    </div>
  )
}

interface TitleProps {
  readonly children: ReactNode
  readonly className?: string | undefined
  readonly sorted?: 'ascending' | 'descending' | undefined
}

const Title = ({ children, className = styles.cell, sorted }: TitleProps) => (
  // biome-ignore lint/a11y/useFocusableInteractive: what is in it has the focus
  // biome-ignore lint/a11y/useSemanticElements: see the table
  <div role="columnheader" aria-sort={sorted} className={className}>
    {children}
  </div>
)

interface ColumnTitleProps<E> extends Pick<VirtualTableProps<E>, 'onSort'> {
  readonly column: VirtualColumn<E>
  readonly sort: VirtualSort | undefined
}

/** One click puts the rows in its order, the next turns it, the third gives it up. */
const ColumnTitle = <E,>({ column, onSort, sort }: ColumnTitleProps<E>) => {
  const { isSortable = false, key, title } = column
  if (!isSortable) return <Title className={cellClassOf(column)}>{title}</Title>
  const isSorted = sort?.key === key
  const isDescending = isSorted && sort.isDescending
  return (
    <Title className={cellClassOf(column)} sorted={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        className={styles.sorter}
        onClick={() => onSort?.(isDescending ? undefined : { key, isDescending: isSorted })}
      >
        {title}
        <span className={styles.carets} aria-hidden>
          <CaretUpFilled className={isSorted && !isDescending ? styles.sorted : ''} />
          <CaretDownFilled className={isDescending ? styles.sorted : ''} />
        </span>
      </button>
    </Title>
  )
}
