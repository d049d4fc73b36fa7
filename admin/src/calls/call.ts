import { LIMITS } from '@mchat/schema/limits'
import type { ActionName, InputOf, MChatClient, OutputOf } from '@mchat/sdk'
import {
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useMemo } from 'react'
import { useClient } from '../connection/connection-context.tsx'
import { type ChangeTraits, changeOptions } from './change.ts'
import type { Noun } from './nouns.ts'

export interface ReadOptions {
  /** Which kinds of things it shows: it is asked again when one of them has changed. */
  readonly movedBy: readonly Noun[]
  /** Asks again by itself after so many milliseconds; for numbers that nothing announces. */
  readonly everyMs?: number
  /** Asked again whenever it is shown, however lately it was: nothing announces what has changed of it meanwhile. */
  readonly isAlwaysAsked?: true
}

/** @param input undefined: not now */
export type UseRead<A extends ActionName> = (input: InputOf<A> | undefined) => UseQueryResult<OutputOf<A>, Error>

/** A call that changes nothing. What it answered is kept under the action's name and the input. */
export const defineRead = <A extends ActionName>(action: A, { everyMs, movedBy }: ReadOptions): UseRead<A> => {
  const useRead: UseRead<A> = (input) => {
    const client = useClient()
    return useQuery<OutputOf<A>, Error>({
      queryKey: [action, input],
      queryFn: ({ signal }) => client.request(action, input as InputOf<A>, { signal }),
      enabled: input !== undefined,
      meta: { movedBy },
      refetchInterval: everyMs ?? false,
    })
  }
  return useRead
}

/** With what has been fetched so far as `entries`, and `fetchNextPage` for more. @param input undefined: not now */
export type UsePagedRead<A extends ActionName, E> = (
  input: Omit<InputOf<A>, 'cursor'> | undefined,
) => UseInfiniteQueryResult<readonly OutputOf<A>[], Error> & { readonly entries: readonly E[] }

/** A call that answers page by page, e.g. for a table that fetches more when it is scrolled. */
export const definePagedRead = <A extends ActionName, E>(
  action: A,
  entriesOf: (output: OutputOf<A>) => readonly E[],
  { everyMs, isAlwaysAsked, movedBy }: ReadOptions,
): UsePagedRead<A, E> => {
  const usePagedRead: UsePagedRead<A, E> = (input) => {
    const client = useClient()
    const query = useInfiniteQuery({
      queryKey: [action, input],
      queryFn: ({ pageParam, signal }) => {
        const cursor = pageParam === null ? {} : { cursor: pageParam }
        return client.request(action, { ...input, ...cursor } as InputOf<A>, { signal })
      },
      initialPageParam: null as string | null,
      getNextPageParam: (last: OutputOf<A>) => (last as { readonly next_cursor: string | null }).next_cursor,
      select: ({ pages }) => pages as readonly OutputOf<A>[],
      enabled: input !== undefined,
      ...(isAlwaysAsked === undefined ? {} : { staleTime: 0 }),
      meta: { movedBy },
      refetchInterval: everyMs ?? false,
    })
    const { data } = query
    const entries = useMemo(() => (data ?? []).flatMap((page) => [...entriesOf(page)]), [data])
    return { ...query, entries } as ReturnType<UsePagedRead<A, E>>
  }
  return usePagedRead
}

/** Everything that a paged call answers, one page after the other. */
export const allPages = async <A extends ActionName, E>(
  client: MChatClient,
  action: A,
  input: Omit<InputOf<A>, 'cursor' | 'limit'>,
  entriesOf: (output: OutputOf<A>) => readonly E[],
  signal?: AbortSignal,
): Promise<readonly E[]> => {
  const entries: E[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const paging = { limit: LIMITS.pageSize, ...(cursor === undefined ? {} : { cursor }) }
    const page = await client.request(
      action,
      { ...input, ...paging } as unknown as InputOf<A>,
      signal === undefined ? {} : { signal },
    )
    for (const entry of entriesOf(page)) entries.push(entry)
    cursor = (page as { readonly next_cursor: string | null }).next_cursor
  }
  return entries
}

/** @param input undefined: not now */
export type UseWholeRead<A extends ActionName, E> = (
  input: Omit<InputOf<A>, 'cursor' | 'limit'> | undefined,
) => UseQueryResult<readonly E[], Error>

/** A call that answers page by page, where nothing less than all of it will do. */
export const defineWholeRead = <A extends ActionName, E>(
  action: A,
  entriesOf: (output: OutputOf<A>) => readonly E[],
  { movedBy }: ReadOptions,
): UseWholeRead<A, E> => {
  const useWholeRead: UseWholeRead<A, E> = (input) => {
    const client = useClient()
    return useQuery<readonly E[], Error>({
      queryKey: [action, 'whole', input],
      queryFn: ({ signal }) =>
        allPages(client, action, input as Omit<InputOf<A>, 'cursor' | 'limit'>, entriesOf, signal),
      enabled: input !== undefined,
      meta: { movedBy },
    })
  }
  return useWholeRead
}

/** A call that changes something; what it moves is fetched again when it is done. Tried again, it happens once. */
export const defineChange = <A extends ActionName>(
  action: A,
  traits: ChangeTraits,
): (() => UseMutationResult<OutputOf<A>, Error, InputOf<A>>) => {
  const useChange = () => useMutation(changeOptions(useClient(), useQueryClient(), action, traits))
  return useChange
}
