import { memo, type ReactNode } from 'react'
import { useRowStops } from './use-row-stops.ts'
import type { VirtualColumn } from './virtual-columns.ts'
import styles from './virtual-table.module.css'

interface VirtualRowProps {
  readonly row: unknown
  readonly index: number
  /** Pixels from the first. */
  readonly top: number
  readonly columns: readonly VirtualColumn<unknown>[]
  /** The one that Tab comes to, and to what is in it. */
  readonly isStop: boolean
  readonly isOpening: boolean
  readonly isDraggable: boolean
  /** undefined: it has no checkbox. */
  readonly isSelected?: boolean | undefined
  readonly isSelectable?: boolean | undefined
  labelOf?(row: unknown): string
  /** undefined: it is as tall as all others. */
  readonly measure?: ((element: HTMLElement | null) => void) | undefined
}

/** Drawn again only when something about it is different: there is no time for more while somebody scrolls. */
export const VirtualRow = memo((props: VirtualRowProps) => {
  const { columns, index, isStop, isSelected, measure, row, top, ...is } = props
  const ref = useRowStops(isStop, measure)
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a table cannot be put at a place
    <div
      ref={ref}
      role="row"
      // The row of the titles is the first.
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      tabIndex={isStop ? 0 : -1}
      data-index={index}
      draggable={is.isDraggable || undefined}
      className={classOf(isSelected === true, is.isOpening, measure !== undefined)}
      style={{ top }}
    >
      {isSelected !== undefined && (
        <Cell className={styles.cell}>
          <input
            type="checkbox"
            data-select
            className={styles.checkbox}
            aria-label={is.labelOf?.(row)}
            checked={isSelected}
            disabled={is.isSelectable !== true}
            // What is done with it is heard by the table.
            onChange={nothing}
          />
        </Cell>
      )}
      {columns.map((column) => (
        <Cell key={column.key} className={cellClassOf(column)}>
          {column.render(row)}
        </Cell>
      ))}
    </div>
  )
})

const Cell = ({ children, className }: { readonly children: ReactNode; readonly className?: string | undefined }) => (
  // biome-ignore lint/a11y/useFocusableInteractive: the row has the focus
  // biome-ignore lint/a11y/useSemanticElements: see the row
  <div role="gridcell" className={className}>
    {children}
  </div>
)

const nothing = (): void => {}

const classOf = (isSelected: boolean, isOpening: boolean, isMeasured: boolean): string =>
  [styles.row, isMeasured ? styles.measured : styles.fixed, isSelected && styles.selected, isOpening && styles.opening]
    .filter(Boolean)
    .join(' ')

/** Also of the title above. */
export const cellClassOf = ({ align, isCut }: Pick<VirtualColumn<never>, 'align' | 'isCut'>): string =>
  [styles.cell, isCut === true && styles.cut, align === 'right' && styles.right].filter(Boolean).join(' ')
