import { useCallback, useEffect, useRef, useState } from 'react'
import type { ImportRun, RowResult } from './import-run.ts'

export interface RunState {
  readonly run: ImportRun
  readonly phase: 'running' | 'stopping' | 'stopped' | 'failed' | 'done'
  readonly results: ReadonlyMap<number, RowResult>
  /** Why it has failed. */
  readonly error?: unknown
}

export interface ImportRunControl {
  /** undefined: none was begun. */
  readonly state: RunState | undefined
  begin(run: ImportRun): void
  /** After the part that is on its way, whose answer has the credentials. */
  stop(): void
  goOn(): void
  clear(): void
}

/** Does one part after the other, as long as it is shown and nobody stops it. */
export const useImportRun = (): ImportRunControl => {
  const [state, setState] = useState<RunState>()
  const current = useRef<ImportRun | undefined>(undefined)
  const mayGoOn = useRef(false)
  useEffect(
    () => () => {
      current.current = undefined
    },
    [],
  )
  const work = useCallback(async (run: ImportRun): Promise<void> => {
    const show = (phase: RunState['phase'], error?: unknown): void => {
      if (current.current === run) setState({ run, phase, results: new Map(run.results), error })
    }
    mayGoOn.current = true
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
    (run: ImportRun): void => {
      current.current = run
      void work(run)
    },
    [work],
  )
  return {
    state,
    begin,
    stop: () => {
      mayGoOn.current = false
      setState((before) => (before?.phase === 'running' ? { ...before, phase: 'stopping' } : before))
    },
    goOn: () => {
      if (state !== undefined) begin(state.run)
    },
    clear: () => {
      current.current = undefined
      mayGoOn.current = false
      setState(undefined)
    },
  }
}
