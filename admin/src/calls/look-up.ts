import { type InputOf, type OutputOf, RequestRejectedError } from '@mchat/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useClient } from '../connection/connection-context.tsx'
import { createTurns } from './turns.ts'

type LookedUp = 'employee.get' | 'group.get'

/** What is only scrolled past, or pushed away by what comes, is not asked for. */
const STAYS_MS = 250
/** Fewer than a client may ask for in a second, by half. */
const EVERY_MS = 100
/** A name that was changed meanwhile may be shown as it was for so long. */
const KEPT_MS = 60_000

const turn = createTurns(EVERY_MS)

/**
 * What the ids in a long list stand for, asked once for all the rows that name it, and only of rows that stay in sight. Unlike
 * what a page is about it is not fetched again with every change: of a list that moves by itself there are many.
 * @param input undefined: nothing
 * @returns undefined: not known yet, or not there, or not for this reader
 */
export const defineLookUp = <A extends LookedUp>(action: A) => {
  const useLookUp = (input: InputOf<A> | undefined): OutputOf<A> | undefined => {
    const client = useClient()
    const queries = useQueryClient()
    const isStaying = useStaying()
    const { data } = useQuery<OutputOf<A> | null, Error>({
      queryKey: ['look-up', action, input],
      queryFn: async ({ signal }) => {
        const known = queries.getQueryState<OutputOf<A>>([action, input])
        if (known?.data !== undefined && !known.isInvalidated) return known.data
        await turn(signal)
        try {
          return await client.request(action, input as InputOf<A>, { signal })
        } catch (error) {
          if (error instanceof RequestRejectedError && [403, 404].includes(error.code)) return null
          throw error
        }
      },
      enabled: input !== undefined && isStaying,
      staleTime: KEPT_MS,
    })
    return data ?? undefined
  }
  return useLookUp
}

const useStaying = (): boolean => {
  const [isStaying, setStaying] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setStaying(true), STAYS_MS)
    return () => clearTimeout(timer)
  }, [])
  return isStaying
}
