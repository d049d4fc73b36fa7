import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { judgeBudgets } from './budgets.ts'
import { profileScenario } from './cpu-profile.ts'
import { describeMachine } from './machine.ts'
import { type BenchOptions, parseOptions, USAGE } from './options.ts'
import { renderPerformancePage } from './performance-page.ts'
import { tablesOf, toTerminal } from './result-tables.ts'
import { type Measurement, runSuite } from './suite.ts'
import { summarize } from './summary.ts'
import { nullAedes } from './targets/all-targets.ts'
import { mchat } from './targets/mchat.ts'
import { nullMosquitto } from './targets/mosquitto-stand.ts'

const PAGE = join(import.meta.dirname, '../../docs/performance.md')

const main = async (): Promise<void> => {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) return console.log(USAGE)
  // Ending by process.exit lets the servers be stopped.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  if (options.profile === undefined) return measure(options)
  for (const target of options.targets) {
    console.log(await profileScenario(target, options.profile, options.seconds))
  }
}

const measure = async (options: BenchOptions): Promise<void> => {
  const machine = describeMachine()
  for (const fact of machine) console.log(fact)
  const measurements = await runSuite(options, (measurement) => console.log(progressOf(measurement)))
  const names = options.targets.map((target) => target.name)
  const yardstick = names.includes(nullAedes.name) ? nullAedes.name : (names.find(isYardstick) ?? nullAedes.name)
  const summaries = summarize(measurements, options.scenarios, names, yardstick)
  const tables = tablesOf(summaries, yardstick)
  for (const table of tables) console.log(toTerminal(table))
  if (summaries.some((summary) => summary.invalidRounds > 0)) process.exitCode = 1
  if (!options.write) return
  const budgets = judgeBudgets(summaries, mchat.name)
  await writeFile(PAGE, renderPerformancePage({ ...options, machine, budgets, tables, summaries }))
  console.log(`\nwritten: ${PAGE}`)
}

/** Of gateways on a broker of its own. */
const isYardstick = (name: string): boolean => name === nullMosquitto.name

const progressOf = ({ scenario, target, round, figures, faults }: Measurement): string => {
  const place = `${scenario}, ${target}, round ${round + 1}:`
  if (faults.length > 0) return `${place} INVALID: ${faults.join('; ')}`
  switch (figures?.kind) {
    case 'load':
      return `${place} ${Math.round(figures.acked / figures.seconds)} msg/s, ${(figures.serverCpuUs / figures.acked).toFixed(1)} µs`
    case 'idle':
      return `${place} ${((figures.rssAfterKb - figures.rssBeforeKb) / figures.connections).toFixed(1)} kB per connection`
    case 'start':
      return `${place} ${figures.emptySeconds.toFixed(2)} s empty, ${figures.existingSeconds.toFixed(2)} s existing`
    default:
      return place
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
