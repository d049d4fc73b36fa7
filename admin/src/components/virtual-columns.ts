import type { DragEvent, ReactNode } from 'react'

export interface VirtualColumn<E> {
  readonly key: string
  /** Empty: what stands in it tells what it is. */
  readonly title: ReactNode
  /** Pixels, and its share of what is left of the table. Those without one are as wide as the table needs to be. */
  readonly width?: number
  readonly align?: 'right'
  /** One line, cut where it is too long. */
  readonly isCut?: boolean
  readonly isSortable?: boolean
  /** Called again only for another row or with another list of columns, which is therefore to be kept between renderings. */
  render(row: E): ReactNode
}

export interface VirtualSort {
  readonly key: string
  readonly isDescending: boolean
}

/** Which rows are chosen, by their keys. */
export interface VirtualSelection<E> {
  readonly selected: readonly string[]
  onSelect(keys: readonly string[]): void
  isSelectable(row: E): boolean
  /** What the checkbox of a row is called, and the one for all of them, those that are not in the page included. */
  labelOf(row: E): string
  readonly allLabel: string
}

export interface VirtualTableProps<E> {
  readonly label: string
  readonly rows: readonly E[]
  readonly rowKey: keyof E & string
  readonly columns: readonly VirtualColumn<E>[]
  /** Of all columns at least, in pixels; what is narrower scrolls sideways. */
  readonly width: number
  /** Of the table at most, its titles included; what is lower scrolls. */
  readonly height: number
  readonly rowHeight: number
  /** Rows are as tall as what is in them, and at least `rowHeight`. */
  readonly isMeasured?: boolean
  readonly isLoading?: boolean
  /** More rows are on their way. */
  readonly isLoadingMore?: boolean
  /** More are known to come: nobody is told how many there are. */
  readonly hasMore?: boolean
  /** Instead of rows, when there are none. */
  readonly empty?: ReactNode
  /** What is shown: another one begins at its first row, and in the same one what somebody looks at stays where it is. */
  readonly view?: string | undefined
  readonly sort?: VirtualSort
  /** undefined: in the order that there is without a wish. */
  readonly onSort?: (sort: VirtualSort | undefined) => void
  readonly selection?: VirtualSelection<E> | undefined
  /** By a click or Enter. */
  readonly onOpen?: ((row: E) => void) | undefined
  /** What happens when a row begins to be dragged; undefined: it cannot be. */
  readonly dragOf?: (row: E) => ((event: DragEvent) => void) | undefined
  /** The last rows are nearly seen. */
  readonly onNearEnd?: (() => void) | undefined
}

const CHECKBOX_WIDTH = 44
const LEAST_WIDTH = 120

/** One list of tracks for all rows: to tell each cell its width costs more than to lay it out. */
export const tracksOf = <E>(columns: readonly VirtualColumn<E>[], width: number, hasCheckboxes: boolean): string => {
  const told = columns.reduce((sum, column) => sum + (column.width ?? 0), hasCheckboxes ? CHECKBOX_WIDTH : 0)
  const untold = columns.filter((column) => column.width === undefined).length
  const rest = Math.max(LEAST_WIDTH, (width - told) / Math.max(1, untold))
  const tracks = columns.map((column) => column.width ?? rest).map((each) => `minmax(${each}px,${each}fr)`)
  return [...(hasCheckboxes ? [`${CHECKBOX_WIDTH}px`] : []), ...tracks].join(' ')
}
