import { useCallback, useEffect, useRef, useState } from 'react'
import { useSignedIn } from '../connection/connection-context.tsx'

/** Work for many, in steps. A step that threw and is made again happens once. */
export interface Run {
  readonly isDone: boolean
  step(): Promise<void>
}

export interface RunState<R extends Run> {
  readonly run: R
  /** `stopping` and `stopped`: by the person, or because the connection is lost; `failed`: the last step has thrown. */
  readonly phase: 'running' | 'stopping' | 'stopped' | 'failed' | 'done'
  /** Why it has failed. */
  readonly error?: unknown
}

export interface RunControl<R extends Run> {
  /** undefined: none was begun. */
  readonly state: RunState<R> | undefined
  begin(run: R): void
  /** After the step that is on its way, whose answer tells what became of it. */
  stop(): void
  goOn(): void
  clear(): void
}

/**
 * Does one step after the other, as long as it is shown, nobody stops it and there is a connection: without one each would
 * wait until it is given up. It does not go on by itself, since whoever looks away would not see it.
 */
export const useRun = <R extends Run>(): RunControl<R> => {
  const { isOnline } = useSignedIn()
  const [state, setState] = useState<RunState<R>>()
  const current = useRef<R | undefined>(undefined)
  const mayGoOn = useRef(false)
  const stop = useCallback((): void => {
    mayGoOn.current = false
    setState((before) => (before?.phase === 'running' ? { ...before, phase: 'stopping' } : before))
  }, [])
  const online = useRef(isOnline)
  useEffect(() => {
    online.current = isOnline
    if (!isOnline) stop()
  }, [isOnline, stop])
  useEffect(
    () => () => {
      current.current = undefined
    },
    [],
  )
  const work = useCallback(async (run: R): Promise<void> => {
    const show = (phase: RunState<R>['phase'], error?: unknown): void => {
      if (current.current === run) setState({ run, phase, error })
    }
    mayGoOn.current = online.current
    show('running')
    try {
      while (!run.isDone && mayGoOn.current && current.current === run) {
        await run.step()
        if (!run.isDone) show(mayGoOn.current ? 'running' : 'stopping')
      }
      show(run.isDone ? 'done' : 'stopped')
    } catch (error) {
      show('failed', error)
    }
  }, [])
  const begin = useCallback(
    (run: R): void => {
      current.current = run
      void work(run)
    },
    [work],
  )
  return {
    state,
    begin,
    stop,
    goOn: () => {
      // Its step is still under way, and the ones after it follow as if nobody had stopped it.
      if (state?.phase === 'stopping') {
        mayGoOn.current = true
        setState({ ...state, phase: 'running' })
      } else if (state !== undefined) begin(state.run)
    },
    clear: () => {
      current.current = undefined
      mayGoOn.current = false
      setState(undefined)
    },
  }
}
