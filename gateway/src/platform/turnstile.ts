/** Lets a number of tasks through at the same time, the others in the order in which they came. */
export interface Turnstile {
  /** Waits for its turn. @returns what gives it back @throws the reason of the signal, when that comes first */
  enter(signal: AbortSignal): Promise<() => void>
  /** Nobody is inside or waits. */
  readonly idle: boolean
}

export const createTurnstile = (size: number): Turnstile => {
  const waiting = new Set<() => void>()
  let inside = 0

  const leave = (): void => {
    const [next] = waiting
    if (next === undefined) inside--
    else next()
  }

  return {
    get idle() {
      return inside === 0 && waiting.size === 0
    },
    async enter(signal) {
      signal.throwIfAborted()
      if (inside < size) inside++
      else {
        await new Promise<void>((resolve, reject) => {
          const give = (): void => {
            signal.removeEventListener('abort', giveUp)
            waiting.delete(give)
            resolve()
          }
          const giveUp = (): void => {
            waiting.delete(give)
            reject(signal.reason)
          }
          waiting.add(give)
          signal.addEventListener('abort', giveUp, { once: true })
        })
      }
      let isInside = true
      return () => {
        if (isInside) leave()
        isInside = false
      }
    },
  }
}
