/** Whether MChat answers what this tab asks. A connection alone does not tell: it is one to the broker. */
export interface Answers {
  /** Something was asked and has not been answered for a while, nor has anything else been since. */
  readonly areLate: boolean
  subscribe(listener: () => void): () => void
  /** Passes on what was asked, and watches for its answer. */
  awaited<T>(asked: Promise<T>): Promise<T>
  /** Passes on what a person was asked, for whose answer MChat waits as well. */
  fromPerson<T>(asked: Promise<T>): Promise<T>
}

/** Longer than anything takes that is answered at all, but for a group of thousands. */
const LATE_MS = 6000

/** @param later runs something after so many milliseconds, unless what it returns is called before */
export const createAnswers = (later: (run: () => void, ms: number) => () => void = afterTimeout): Answers => {
  const listeners = new Set<() => void>()
  let areLate = false
  let waiting = 0
  let people = 0
  let cancel: (() => void) | undefined
  const become = (late: boolean): void => {
    if (areLate === late) return
    areLate = late
    for (const listener of listeners) listener()
  }
  /** Whatever was heard or asked: the time begins anew. */
  const restart = (): void => {
    cancel?.()
    cancel = waiting > people ? later(() => become(true), LATE_MS) : undefined
  }
  const heard = (): void => {
    become(false)
    restart()
  }
  return {
    get areLate() {
      return areLate
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async awaited(asked) {
      waiting += 1
      if (cancel === undefined) restart()
      try {
        return await asked
      } finally {
        waiting -= 1
        // Given up is not answered, but then the page says so itself.
        heard()
      }
    },
    async fromPerson(asked) {
      people += 1
      heard()
      try {
        return await asked
      } finally {
        people -= 1
        restart()
      }
    },
  }
}

function afterTimeout(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** Of this tab. */
export const answers = createAnswers()
