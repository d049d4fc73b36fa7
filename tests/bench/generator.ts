/**
 * The load generator, a process of its own so that its work is never mistaken for the server's: takes one job over the
 * IPC channel, answers with its figures and ends.
 */
import type { GeneratorAnswer, GeneratorJob } from './generator-job.ts'
import { executeIdleRun } from './idle-run.ts'
import { LoadRun } from './load-run.ts'

const answer = (message: GeneratorAnswer): void => {
  process.send?.(message, () => process.exit(0))
}

process.once('message', (job: GeneratorJob) => {
  const figures = job.kind === 'load' ? new LoadRun(job).execute() : executeIdleRun(job)
  figures.then(
    (done) => answer({ figures: done }),
    (reason: unknown) => answer({ failure: reason instanceof Error ? reason.message : String(reason) }),
  )
})
process.once('disconnect', () => process.exit(1))
