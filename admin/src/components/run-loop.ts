/** Work for many, in steps. A step that threw and is made again happens once. */
export interface Run {
  readonly isDone: boolean
  step(): Promise<void>
}

export interface RunState<R extends Run> {
  readonly run: R
  /**
   * `stopping`: stopped by the person, or because the connection is lost, while a step is still on its way; `stopped`: its
   * answer has come. `failed`: the last step has thrown.
   */
  readonly phase: 'running' | 'stopping' | 'stopped' | 'failed' | 'done'
  /** Why it has failed. */
  readonly error?: unknown
}

export interface RunLoop<R extends Run> {
  begin(run: R): void
  /** After the step that is on its way, whose answer tells what became of it. */
  stop(): void
  goOn(): void
  /** Leaves what was begun: nothing more is shown of it. */
  clear(): void
  /** Without a connection each step would wait until it is given up. It does not go on by itself when there is one again. */
  setOnline(isOnline: boolean): void
}

/**
 * Does one step after the other. What it decides by is its own state, since whoever presses a button sees an older one: by
 * that, somebody would work beside the loop that is still there, or nobody would.
 * @param show called with each new state; undefined: there is nothing to be shown
 */
export const createRunLoop = <R extends Run>(show: (state: RunState<R> | undefined) => void): RunLoop<R> => {
  let state: RunState<R> | undefined
  let isOnline = false
  const set = (next: RunState<R> | undefined): void => {
    state = next
    show(next)
  }
  const begin = async (run: R): Promise<void> => {
    const isOurs = (): boolean => state?.run === run
    set({ run, phase: isOnline ? 'running' : 'stopping' })
    try {
      while (isOurs() && state?.phase === 'running' && !run.isDone) {
        await run.step()
        // What it has done so far is another thing to show.
        if (isOurs() && !run.isDone) set({ run, phase: state?.phase ?? 'running' })
      }
      if (isOurs()) set({ run, phase: run.isDone ? 'done' : 'stopped' })
    } catch (error) {
      if (isOurs()) set({ run, phase: 'failed', error })
    }
  }
  const stop = (): void => {
    if (state?.phase === 'running') set({ ...state, phase: 'stopping' })
  }
  return {
    begin: (run) => void begin(run),
    stop,
    goOn() {
      // Its step is still on its way, and the ones after it follow as if nobody had stopped it.
      if (state?.phase === 'stopping') set({ ...state, phase: isOnline ? 'running' : 'stopping' })
      else if (state?.phase === 'stopped' || state?.phase === 'failed') void begin(state.run)
    },
    clear: () => set(undefined),
    setOnline(next) {
      isOnline = next
      if (!next) stop()
    },
  }
}
