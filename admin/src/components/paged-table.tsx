import { type ReactNode, useCallback } from 'react'
import { Failed } from './page-states.tsx'
import { useFreeHeight } from './use-free-height.ts'
import type { VirtualTableProps } from './virtual-columns.ts'
import { VirtualTable } from './virtual-table.tsx'

interface PagedQuery<E> {
  readonly entries: readonly E[]
  readonly error: unknown
  readonly isPending: boolean
  readonly isFetching: boolean
  readonly isFetchingNextPage: boolean
  readonly isFetchNextPageError: boolean
  readonly hasNextPage: boolean
  fetchNextPage(options: { readonly cancelRefetch: boolean }): unknown
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
  const { entries, fetchNextPage, hasNextPage, isFetching, isFetchingNextPage, isFetchNextPageError, isPending } = query
  // What is being read again because it has changed would not be, were more asked for meanwhile.
  const fetchMore = useCallback((): void => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage])
  if (query.error !== null && entries.length === 0)
    return <Failed error={query.error} onAgain={() => void query.refetch()} />
  if (!isPending && entries.length === 0) return <>{empty}</>
  const mayFetch = hasNextPage && !isFetching && !isFetchNextPageError
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
