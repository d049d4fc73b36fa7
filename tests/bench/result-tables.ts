import type { Summary } from './summary.ts'

/** Rows of cells under a heading; rendered for the terminal and for Markdown alike. */
export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Sentences under the table: what was invalid. */
  readonly notes: readonly string[]
}

/** @param yardstick the target that ratios were taken against */
export const tablesOf = (summaries: readonly Summary[], yardstick: string): Table[] => {
  const names = [...new Set(summaries.map((summary) => summary.scenario.name))]
  return names.map((name) =>
    tableOf(
      summaries.filter((summary) => summary.scenario.name === name),
      yardstick,
    ),
  )
}

const COLUMNS = {
  load: [
    'target',
    'rounds',
    'acked msg/s (best)',
    'deliveries/s',
    'ack p50 / p99 ms',
    'mean ms',
    'delivery p50 / p99 ms',
    'CPU µs/msg server',
    'generator',
    'CPU % server / generator / others',
    'RSS MB',
    'rate ÷ {yardstick}',
    '{yardstick} CPU ÷ own',
  ],
  idle: ['target', 'connections', 'connected in s', 'RSS before MB', 'RSS after MB', 'kB per connection'],
  start: ['target', 'rounds', 'empty directory s', 'existing directory s'],
} as const

const tableOf = (summaries: readonly Summary[], yardstick: string): Table => {
  const [first] = summaries
  const columns = COLUMNS[first?.scenario.kind ?? 'load'].map((column) => column.replace('{yardstick}', yardstick))
  return {
    title: first === undefined ? '' : `${first.scenario.title} (\`${first.scenario.name}\`)`,
    columns,
    rows: summaries.map((summary) => {
      const cells = cellsOf(summary)
      return columns.map((_, index) => cells[index] ?? (cells.length === 1 && index === 1 ? '**INVALID**' : '–'))
    }),
    notes: summaries
      .filter((summary) => summary.invalidRounds > 0)
      .map(
        (summary) =>
          `INVALID: ${summary.target}, ${summary.invalidRounds} of ${summary.invalidRounds + summary.validRounds} ` +
          `rounds, left out of the medians: ${summary.faults.join('; ')}`,
      ),
  }
}

const cellsOf = (summary: Summary): string[] => {
  const { medians, target } = summary
  const rounds =
    summary.invalidRounds === 0
      ? String(summary.validRounds)
      : `${summary.validRounds} + ${summary.invalidRounds} INVALID`
  switch (medians?.kind) {
    case 'load':
      return [
        target,
        rounds,
        `${whole(medians.messagesPerSecond)} (${whole(medians.bestMessagesPerSecond)})`,
        whole(medians.deliveriesPerSecond),
        `${decimal(medians.ackP50Ms)} / ${decimal(medians.ackP99Ms)}`,
        decimal(medians.ackMeanMs),
        `${decimal(medians.deliveryP50Ms)} / ${decimal(medians.deliveryP99Ms)}`,
        decimal(medians.serverCpuUs),
        decimal(medians.generatorCpuUs),
        [medians.serverShare, medians.generatorShare, medians.otherShare]
          .map((share) => whole(share * 100))
          .join(' / '),
        whole(medians.rssMb),
        decimal(medians.rateRatio),
        decimal(medians.cpuRatio),
      ]
    case 'idle':
      return [
        target,
        whole(medians.connections),
        decimal(medians.connectSeconds),
        whole(medians.rssBeforeMb),
        whole(medians.rssAfterMb),
        decimal(medians.kilobytesPerConnection),
      ]
    case 'start':
      return [target, rounds, decimal(medians.emptySeconds), decimal(medians.existingSeconds)]
    default:
      return [target]
  }
}

export const whole = (value: number): string => (Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en'))

/** Two digits that say something: 0.047, 1.2, 35. */
export const decimal = (value: number): string => {
  if (Number.isNaN(value)) return '–'
  if (Math.abs(value) >= 100) return whole(value)
  return value.toLocaleString('en', { maximumSignificantDigits: Math.abs(value) >= 10 ? 3 : 2 })
}

export const toMarkdown = (table: Table): string =>
  [
    `### ${table.title}`,
    '',
    line(table.columns),
    line(table.columns.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...table.rows.map(line),
    ...(table.notes.length === 0 ? [] : ['', ...table.notes.map((note) => `- ${note.replaceAll('\n', ' ')}`)]),
    '',
  ].join('\n')

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export const toTerminal = (table: Table): string => {
  const lines = [table.columns, ...table.rows].map((cells) => cells.map((cell) => cell.replaceAll('**', '')))
  const widths = table.columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)))
  const body = lines.map((cells) =>
    cells
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  '),
  )
  return ['', table.title.replaceAll('`', ''), ...body, ...table.notes].join('\n')
}
