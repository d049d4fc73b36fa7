import { Table, type TableProps } from 'antd'
import type { ReactNode, UIEvent } from 'react'
import { Failed } from './page-states.tsx'
import { useFreeHeight } from './use-free-height.ts'

interface PagedQuery<E> {
  readonly entries: readonly E[]
  readonly error: unknown
  readonly isPending: boolean
  readonly isFetchingNextPage: boolean
  readonly hasNextPage: boolean
  fetchNextPage(): unknown
  refetch(): unknown
}

interface PagedTableProps<E> extends Pick<TableProps<E>, 'columns' | 'onRow' | 'rowSelection' | 'rowClassName'> {
  readonly label: string
  readonly query: PagedQuery<E>
  readonly rowKey: keyof E & string
  /** Instead of the table, when there is nothing. */
  readonly empty: ReactNode
  /** Of all columns, in pixels; what is narrower scrolls sideways. */
  readonly width: number
}

/** How far from its end the table fetches more. */
const AHEAD_PX = 600

/** Rows that come page by page, as far as somebody scrolls; only what is seen is in the page. */
export const PagedTable = <E extends object>({ empty, label, query, width, ...table }: PagedTableProps<E>) => {
  const [ref, height] = useFreeHeight(240)
  if (query.error !== null && query.entries.length === 0)
    return <Failed error={query.error} onAgain={() => void query.refetch()} />
  if (!query.isPending && query.entries.length === 0) return <>{empty}</>
  const onScroll = ({ currentTarget: { clientHeight, scrollHeight, scrollTop } }: UIEvent<HTMLDivElement>): void => {
    const isNearEnd = scrollHeight - scrollTop - clientHeight < AHEAD_PX
    if (isNearEnd && query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage()
  }
  return (
    <section ref={ref} aria-label={label} aria-busy={query.isPending}>
      <Table<E>
        {...table}
        virtual
        dataSource={query.entries as E[]}
        loading={query.isPending || query.isFetchingNextPage}
        pagination={false}
        onScroll={onScroll}
        // Below its header.
        scroll={{ x: width, y: height - 56 }}
      />
    </section>
  )
}
