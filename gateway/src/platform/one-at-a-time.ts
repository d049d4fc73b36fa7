/** Work on the same thing, one after the other; on different things at the same time. Settles as the work does. */
export type OneAtATime = <T>(name: string, work: () => Promise<T>) => Promise<T>

export const createOneAtATime = (): OneAtATime => {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    const before = last.get(name) ?? Promise.resolve()
    const done = before.then(work, work)
    last.set(name, done)
    try {
      return await done
    } finally {
      if (last.get(name) === done) last.delete(name)
    }
  }
}
