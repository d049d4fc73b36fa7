import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { GeneratorAnswer, GeneratorFigures, GeneratorJob, IdleFigures, LoadFigures } from './generator-job.ts'
import { withDescendants } from './process-usage.ts'
import { DEVICES_PER_EMPLOYEE, type IdleScenario, type LoadScenario } from './scenarios.ts'
import type { RunningTarget } from './targets/target.ts'

const GENERATOR = join(import.meta.dirname, 'generator.ts')
const DRAIN_MS = 20_000
const LONGEST_WARM_UP_SECONDS = 1.5
const LONGEST_SETTLE_SECONDS = 2

/** Runs one job in a fresh generator process, so that no measurement inherits the heap or the code of another. */
const generate = (job: GeneratorJob): Promise<GeneratorFigures> =>
  new Promise((resolve, reject) => {
    const generator = fork(GENERATOR, { execArgv: [] })
    generator.once('message', (answer: GeneratorAnswer) => {
      if ('figures' in answer) resolve(answer.figures)
      else reject(new Error(answer.failure))
    })
    generator.once('error', reject)
    generator.once('exit', (code) => reject(new Error(`the load generator ended with code ${code}`)))
    generator.send(job)
  })

export const measureLoad = async (
  running: RunningTarget,
  scenario: LoadScenario,
  seconds: number,
): Promise<LoadFigures> => {
  const { groupMembers, senders, window, textBytes } = scenario
  const devices = await running.devices(groupMembers ?? senders * 2, 1)
  const groupId = groupMembers === undefined ? undefined : await running.group(groupMembers)
  const figures = await generate({
    kind: 'load',
    port: running.port,
    cleanSessions: running.target.cleanSessions,
    serverPids: running.pids.flatMap(withDescendants),
    devices,
    senders,
    groupId,
    groupsByInbox: running.target.groupsByInbox,
    window,
    textBytes,
    warmUpMs: Math.min(seconds, LONGEST_WARM_UP_SECONDS) * 1000,
    measureMs: (scenario.onceForSeconds ?? seconds) * 1000,
    drainMs: DRAIN_MS,
  })
  if (figures.kind !== 'load') throw new Error('the load generator answered another job')
  return figures
}

/** Takes a target that nothing has been sent through since it was started. */
export const measureIdle = async (
  running: RunningTarget,
  scenario: IdleScenario,
  seconds: number,
): Promise<IdleFigures> => {
  const employees = Math.ceil(scenario.connections / DEVICES_PER_EMPLOYEE)
  const devices = await running.devices(employees, DEVICES_PER_EMPLOYEE)
  // Creating the people has grown the heap; what is asked for is what connections add to a server that has just started.
  await running.restart()
  const figures = await generate({
    kind: 'idle',
    port: running.port,
    cleanSessions: running.target.cleanSessions,
    serverPids: running.pids.flatMap(withDescendants),
    devices: devices.slice(0, scenario.connections),
    settleMs: Math.min(seconds, LONGEST_SETTLE_SECONDS) * 1000,
  })
  if (figures.kind !== 'idle') throw new Error('the load generator answered another job')
  return figures
}
