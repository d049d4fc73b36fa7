import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { EarlierRuns } from './earlier-runs.ts'
import type { Run, RunEnd } from './run.ts'
import type { RunLedger } from './run-ledger.ts'
import type { StillOurs } from './still-ours.ts'
import type { AgentVoice } from './voice.ts'

/** Tells and notes how runs ended. */
export interface RunEndings {
  /**
   * Resolves when the run has ended, however that went. Told before it is noted: twice, should the gateway die in between, is
   * harmless, and never is not.
   * @param isNoted false: the database knows nothing of the run
   */
  end(run: Run, result: RunEnd, isNoted: boolean): Promise<void>
}

export interface RunEndingsParts {
  readonly ledger: Pick<RunLedger, 'end'>
  readonly earlier: Pick<EarlierRuns, 'endOf'>
  readonly stillOurs: Pick<StillOurs, 'isSure'>
  readonly voice: Pick<AgentVoice, 'status'>
  readonly metrics: Pick<Metrics, 'agentRun'>
  /** What goes on after a run has ended is waited for when the gateway stops. */
  readonly track: (task: Promise<unknown>) => void
  /** The gateway stops: nothing is tried again. */
  readonly stopping: AbortSignal
  readonly clock: Clock
  readonly log: Log
}

const NOTE_AGAIN_MS = 1000

export const createRunEndings = (parts: RunEndingsParts): RunEndings => {
  const { clock, earlier, ledger, log, metrics, stillOurs, stopping, track, voice } = parts

  const count = ({ createdAt, firstAnswerAt }: Run, { reason, state }: RunEnd): void => {
    const since = (time: Date | number): number => Math.max(0, Number(time) - Number(createdAt)) / 1000
    const firstAnswerSeconds = firstAnswerAt === undefined ? undefined : since(firstAnswerAt)
    metrics.agentRun({ state, reason, firstAnswerSeconds, seconds: since(clock.now()) })
  }

  const tell = async ({ ask }: Run, { msgIds, reason, state }: RunEnd): Promise<void> => {
    await voice.status(ask, state, reason, state === 'done' ? msgIds : undefined).catch((error: unknown) => {
      log.warn({ run_id: ask.runId, error: String(error) }, 'the end of a run could not be told')
    })
  }

  /** @returns false when another gateway has ended it, which took this one for dead */
  const note = (run: Run, result: RunEnd): Promise<boolean> =>
    ledger.end(run, result).catch((error) => {
      log.warn(
        { run_id: run.ask.runId, error: String(error) },
        'the end of a run could not be noted; it is tried again',
      )
      track(noteAgain(run, result))
      return true
    })

  /** For everybody else it is under way as long as it is not noted, so it is tried again for as long as it takes. */
  const noteAgain = async (run: Run, result: RunEnd): Promise<void> => {
    let isNoted = false
    while (!isNoted && !stopping.aborted) {
      await sleep(NOTE_AGAIN_MS, undefined, { signal: stopping }).catch(() => undefined)
      isNoted = await ledger.end(run, result).then(
        () => true,
        () => false,
      )
    }
  }

  return {
    async end(run, result, isNoted) {
      run.state = result.state
      const isSure = stillOurs.isSure(run)
      if (isSure) await tell(run, result)
      // It may have been noted all the same, when only the answer of the database was lost.
      if (!isNoted) track(note(run, result))
      const isOurs = !isNoted || (await note(run, result))
      if (isOurs && !isSure) await tell(run, result)
      if (isOurs) count(run, result)
      run.end(isOurs ? result : await earlier.endOf(run, stopping).catch(() => result))
    },
  }
}
