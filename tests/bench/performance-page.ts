import type { JudgedBudget } from './budgets.ts'
import { decimal, type Table, toMarkdown, whole } from './result-tables.ts'
import type { Scenario } from './scenarios.ts'
import type { LoadSummary, Summary } from './summary.ts'
import type { Target } from './targets/target.ts'

export interface PageContents {
  readonly date: string
  readonly machine: readonly string[]
  readonly rounds: number
  readonly seconds: number
  readonly targets: readonly Target[]
  readonly budgets: readonly JudgedBudget[]
  readonly tables: readonly Table[]
  readonly summaries: readonly Summary[]
}

/** docs/performance.md: everything that is needed to believe the figures, and the figures. */
export const renderPerformancePage = (contents: PageContents): string =>
  [
    '# Performance',
    '',
    'Written by `npm run bench`; run it to get the same page for your machine.',
    OTHER_FIGURES,
    '',
    `Measured ${contents.date}.`,
    ...contents.machine.map((fact) => `- ${fact}`),
    `- medians of ${contents.rounds} rounds of ${decimal(contents.seconds)} s each after a warm-up, the targets taking turns within each round`,
    '',
    '## Budgets',
    '',
    '| embedded broker, all checks on, 200 B text, QoS 1 | measured | first version | | goal | | null-aedes | sink |',
    '|---|--:|--:|---|--:|---|--:|--:|',
    ...contents.budgets.map(
      (one) =>
        `| ${[one.what, one.measured, one.first, one.firstMet, one.goal, one.goalMet, one.nullAedes, one.sink].join(' | ')} |`,
    ),
    '',
    'The absolute budgets were set on another machine (AMD EPYC, Zen 4). The two columns on the right are what servers that',
    'check nothing reach on this one; a budget beyond `sink` cannot be met here. Medians, with the lowest and the highest round',
    'in brackets: the range of `sink` tells how evenly the machine itself ran. Behind an external broker nothing is measured.',
    '',
    '## Targets',
    '',
    ...contents.targets.map((target) => `- \`${target.name}\`: ${target.description}.`),
    '',
    '## Is the load generator the limit?',
    '',
    ...generatorEvidence(contents.summaries),
    '',
    '## Results',
    '',
    ...contents.tables.map(toMarkdown),
    DEFINITIONS,
  ].join('\n')

const OTHER_FIGURES =
  'The figures of other parts: [growing](scaling.md#figures), [agents](agents.md#what-it-costs), [files](files.md#what-it-costs), [the console](performance-console.md).'

const loadOf = (summaries: readonly Summary[], target: string, scenario: string): LoadSummary | undefined => {
  const medians = summaries.find((one) => one.target === target && one.scenario.name === scenario)?.medians
  return medians?.kind === 'load' ? medians : undefined
}

/** Compares, per scenario, what the generator drove against the sink with what the fastest other target took. */
const generatorEvidence = (summaries: readonly Summary[]): string[] => {
  const scenarios = new Set(summaries.filter(({ scenario }) => isConcurrent(scenario)).map((one) => one.scenario.name))
  const lines = [...scenarios].flatMap((scenario) => {
    const sink = loadOf(summaries, 'sink', scenario)
    const others = summaries.filter((one) => one.scenario.name === scenario && one.target !== 'sink')
    const loads = others.map((one) => one.medians).filter((medians) => medians?.kind === 'load')
    if (sink === undefined || loads.length === 0) return []
    const fastest = Math.max(...loads.map((one) => one.messagesPerSecond))
    const share = Math.max(...loads.map((one) => one.generatorShare))
    return [
      `| ${scenario} | ${whole(sink.messagesPerSecond)} | ${whole(fastest)} | ${decimal(sink.messagesPerSecond / fastest)} | ${whole(share * 100)} | ${decimal(sink.generatorCpuUs)} |`,
    ]
  })
  return [
    'The generator is one Node process with a hand-written codec, measured like the servers. Against `sink`, which does',
    'almost nothing, it drives what stands in the second column; the fastest of the other targets takes what stands in the',
    'third. Where its share of a core comes near 100 % against a real target, that row is a lower bound and is to be judged by',
    'the CPU time per message of the server, which does not depend on the generator.',
    '',
    '| scenario | sink msg/s | fastest other msg/s | sink ÷ fastest | generator CPU %, at most, others | generator µs/msg, sink |',
    '|---|--:|--:|--:|--:|--:|',
    ...lines,
    ...sequentialFloor(loadOf(summaries, 'sink', '1x1')),
  ]
}

const isConcurrent = (scenario: Scenario): boolean => scenario.kind === 'load' && scenario.senders * scenario.window > 1

const sequentialFloor = (sink: LoadSummary | undefined): string[] =>
  sink === undefined
    ? []
    : [
        '',
        'Sequentially, generator and server wait for each other, and each waits for the kernel to wake it: against `sink` a round',
        `trip takes ${decimal(sink.ackP50Ms)} ms (p50), ${decimal(sink.generatorCpuUs)} µs of CPU time in the generator and ${decimal(sink.serverCpuUs)} µs in the server. No server`,
        'can show much less here. On a virtual machine that is otherwise quiet, waking an idle core makes these rows slower than',
        'on a busy one.',
      ]

const DEFINITIONS = `## What the columns mean

- **acked msg/s**: requests to which the sender has received a response with code 0, per second of the measured time; in
  brackets the best round. Requests are about 310 B of JSON for a text of 200 B, QoS 1 on every hop; receivers acknowledge
  every delivery; sessions are persistent unless the target says otherwise.
- **deliveries/s**: messages that have reached their receivers; in the group scenario every message reaches all 50 members,
  its sender included.
- **ack**, **delivery**: from handing the request to the sender’s socket until the response, or the message, has been read by
  the generator; **mean ms** is the mean of the ack times.
- **CPU µs/msg**: user and system time of the server (its child processes included) and of the generator, divided by acked
  messages. It is steadier than messages per second: other work on the machine slows a server down, but hardly makes a
  message more expensive.
- **CPU %**: of one core, in the measured time; *others* is everything else on the machine, the kernel’s own work included.
- **RSS**: resident memory of the server at the end of the measured time; one process serves all scenarios and rounds.
- **rate ÷ null-aedes**, **null-aedes CPU ÷ own**: messages per second over those of \`null-aedes\`, and the CPU time per message of
  \`null-aedes\` over that of the target, in the same round; more is better in both; medians of the rounds.
- **idle**: resident memory before and after connecting, each connection with two subscriptions (its responses, its
  employee’s inbox), ten devices per employee, measured once on a freshly started server without forcing a garbage
  collection; the kernel’s socket buffers are not in it.
- **start**: from starting the process until it is ready to be used, on an empty and on an existing data directory.
- **INVALID**: a response with another code than 0, a request without a response or a PUBACK, a missing or a doubled delivery,
  or a lost connection. After the measured time the generator waits until everything that it sent is accounted for. Such a
  round is never part of a median.
`
