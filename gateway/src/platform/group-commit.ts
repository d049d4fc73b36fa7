/**
 * Does together what is asked for while the last of it is still being done, so that what costs the same for one and for
 * many (a transaction, a lock) is paid for once. One piece of work at a time, in the order of asking.
 * @param most items that one piece of work is given
 * @param work does all of them or, when it rejects, none
 * @param gather waited for before each piece of work. Without it the first item is done at once and alone, and so is every
 *   one where `work` keeps the thread to itself: nothing can be asked for meanwhile
 * @returns resolves when the item is done; rejects as `work` does for it alone: what is wrong with one item is nobody else's
 */
export const groupCommit = <T, R>(
  most: number,
  work: (items: readonly T[]) => Promise<readonly R[]>,
  gather?: () => Promise<unknown>,
): ((item: T) => Promise<R>) => {
  interface Waiting {
    readonly item: T
    readonly done: PromiseWithResolvers<R>
  }
  let waiting: Waiting[] = []
  let isWorking = false

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ item }) => item))
      for (const [i, { done }] of batch.entries()) done.resolve(results[i] as R)
    } catch (error) {
      if (batch.length === 1) batch[0]?.done.reject(error)
      else for (const each of batch) await settle([each])
    }
  }

  const run = async (): Promise<void> => {
    isWorking = true
    while (waiting.length > 0) {
      if (gather !== undefined) await gather()
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      await settle(batch)
    }
    isWorking = false
  }

  return (item) => {
    const done = Promise.withResolvers<R>()
    waiting.push({ item, done })
    if (!isWorking) void run()
    return done.promise
  }
}
