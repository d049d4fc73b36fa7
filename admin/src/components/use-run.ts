import { useEffect, useState } from 'react'
import { useSignedIn } from '../connection/connection-context.tsx'
import { createRunLoop, type Run, type RunLoop, type RunState } from './run-loop.ts'

export interface RunControl<R extends Run> extends Omit<RunLoop<R>, 'setOnline'> {
  /** undefined: none was begun. */
  readonly state: RunState<R> | undefined
}

/**
 * Does one step after the other, as long as it is shown, nobody stops it and there is a connection. It does not go on by
 * itself, since whoever looks away would not see it.
 */
export const useRun = <R extends Run>(): RunControl<R> => {
  const { isOnline } = useSignedIn()
  const [state, setState] = useState<RunState<R>>()
  const [loop] = useState(() => createRunLoop<R>(setState))
  useEffect(() => loop.setOnline(isOnline), [isOnline, loop])
  useEffect(() => loop.clear, [loop])
  const { begin, clear, goOn, stop } = loop
  return { state, begin, stop, goOn, clear }
}
