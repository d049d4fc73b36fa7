import { type ReactNode, useCallback } from 'react'
import { Failed } from './page-states.tsx'
import { useFreeHeight } from './use-free-height.ts'
import type { VirtualTableProps } from './virtual-columns.ts'
import { VirtualTable } from './virtual-table.tsx'

interface PagedQuery<E> {
  readonly entries: readonly E[]
  readonly error: unknown
  readonly isPending: boolean
  readonly isFetchingNextPage: boolean
  readonly isFetchNextPageError: boolean
  readonly hasNextPage: boolean
  fetchNextPage(): unknown
  refetch(): unknown
}

type Shown = 'columns' | 'isMeasured' | 'label' | 'onOpen' | 'rowHeight' | 'rowKey' | 'selection' | 'view' | 'width'

interface PagedTableProps<E> extends Pick<VirtualTableProps<E>, Shown> {
  readonly query: PagedQuery<E>
  /** Instead of the table, when there is nothing. */
  readonly empty: ReactNode
}

/** Rows that come page by page, as far as somebody scrolls; only what is seen is in the page. */
export const PagedTable = <E extends object>({ empty, query, ...table }: PagedTableProps<E>) => {
  const [ref, height] = useFreeHeight(240)
  const { entries, fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPending } = query
  const fetchMore = useCallback((): void => void fetchNextPage(), [fetchNextPage])
  if (query.error !== null && entries.length === 0)
    return <Failed error={query.error} onAgain={() => void query.refetch()} />
  if (!isPending && entries.length === 0) return <>{empty}</>
  const mayFetch = hasNextPage && !isFetchingNextPage && !isFetchNextPageError
  return (
    <div ref={ref}>
      <VirtualTable<E>
        {...table}
        rows={entries}
        height={height}
        isLoading={isPending}
        isLoadingMore={isFetchingNextPage}
        hasMore={hasNextPage}
        onNearEnd={mayFetch ? fetchMore : undefined}
      />
      {isFetchNextPageError && <Failed error={query.error} onAgain={fetchMore} />}
    </div>
  )
}
