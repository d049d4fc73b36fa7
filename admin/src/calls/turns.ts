/** Waits for one's turn; whoever goes away meanwhile waits no more, and takes nobody's. */
export type Turn = (signal: AbortSignal) => Promise<void>

/** One at a time, and the next one so much later: what is asked in great numbers leaves the gateway time for what matters. */
export const createTurns = (everyMs: number): Turn => {
  const waiting = new Set<() => void>()
  let isPaused = false
  const next = (): void => {
    const [first] = waiting
    isPaused = first !== undefined
    if (first === undefined) return
    waiting.delete(first)
    setTimeout(next, everyMs)
    first()
  }
  return (signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const begin = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        waiting.delete(begin)
        reject(signal.reason)
      }
      signal.addEventListener('abort', leave, { once: true })
      waiting.add(begin)
      if (!isPaused) next()
    })
}
