/** What calling agents costs, and what slow ones cost others: `npm run bench:agents -- --help`. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Device } from '../kit/device.ts'
import { startPostgres } from '../kit/postgres.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { describeMachine } from './machine.ts'
import { placeGateway } from './measured-gateway.ts'
import { cpuMicroseconds, withDescendants } from './process-usage.ts'

const USAGE = `npm run bench:agents -- [options]

  --seconds <n>   of each measurement (10)
  --rate <n>      runs a second that are tried (500)
  --hanging <n>   runs on an endpoint that does not answer (500)
  --postgres      with PostgreSQL in the place of PGlite, which works within the gateway

CPU time is that of the gateway, and with PostgreSQL of it in brackets: less dependent than the rest on what else the machine
has to do.`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    hanging: { type: 'string', default: '500' },
    postgres: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const SECONDS = Number(values.seconds)
const ASKERS = 50

/** How an endpoint answers; told when it was asked. */
type Respond = (response: ServerResponse) => void

const startEndpoint = async (respond: Respond) => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => respond(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

const row = (name: string, times: LatencyHistogram): void => {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => times.quantileMs(share).toFixed(2))
  console.log(`${name}: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`)
}

/** CPU time so far, in microseconds. */
interface Spent {
  readonly gateway: number
  readonly database: number
}

type SpentSoFar = () => Spent

const costs = (what: string, times: number, from: Spent, to: Spent): void => {
  const each = (part: keyof Spent): string => ((to[part] - from[part]) / times).toFixed(0)
  console.log(
    `${what}: ${each('gateway')} µs of CPU time each${values.postgres ? ` (and ${each('database')} µs)` : ''}`,
  )
}

const measure = async (
  office: Device,
  hire: (agentUrl?: string) => Promise<Device>,
  spent: SpentSoFar,
): Promise<void> => {
  const times = async (seconds: number, work: () => Promise<unknown>): Promise<LatencyHistogram> => {
    const histogram = new LatencyHistogram()
    for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
      const started = performance.now()
      await work()
      histogram.record(performance.now() - started)
    }
    return histogram
  }
  const [ann, bob] = [await hire(), await hire()]
  const message = () => ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'hello' })
  await times(1, message)
  const beforeMessages = spent()
  const messages = await times(SECONDS, message)
  row('a message to a person', messages)
  costs('a message to a person', messages.count, beforeMessages, spent())

  const atOnce = await startEndpoint((response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"content":"hello"}')
  })
  const echo = await hire(atOnce.url)
  const ask = () => ann.call('msg.send_private', { to_employee_id: echo.employeeId, content: 'hello' })
  await times(1, ask)
  const beforeAnswers = spent()
  const answers = await times(SECONDS, ask)
  row('a message to an agent that answers at once, until its answer', answers)
  costs('a message to an agent that answers at once', answers.count, beforeAnswers, spent())

  let toldAt = 0
  const streaming = await startEndpoint((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    toldAt = performance.now()
    response.write('data: {"delta":"hello"}\n\n')
    setTimeout(() => response.end('data: [DONE]\n\n'), 5)
  })
  const writer = await hire(streaming.url)
  await ann.subscribe(ann.topics.inboxStream(ann.employeeId), ann.topics.inbox(ann.employeeId))
  const first = new LatencyHistogram()
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end; ) {
    const delta = ann.next(({ json }) => json.type === 'agent_delta')
    const sent = ann.call('msg.send_private', { to_employee_id: writer.employeeId, content: 'hello' })
    await delta
    first.record(performance.now() - toldAt)
    await sent
  }
  row('the first piece, from the endpoint to the client', first)

  const askers: Device[] = []
  while (askers.length < ASKERS) askers.push(await hire())
  const rate = Number(values.rate)
  let ended = 0
  const asked: Promise<unknown>[] = []
  const started = performance.now()
  const all = new LatencyHistogram()
  const beforeRuns = spent()
  while (performance.now() - started < SECONDS * 1000) {
    const due = Math.floor(((performance.now() - started) / 1000) * rate)
    while (asked.length < due) {
      const asker = askers[asked.length % ASKERS] as Device
      const at = performance.now()
      const answered = asker.request(
        'msg.send_private',
        { to_employee_id: echo.employeeId, content: 'hello' },
        { timeoutMs: 60_000 },
      )
      asked.push(
        answered.then(({ code }) => {
          // Refused where too many wait already.
          if (code !== 0) return
          ended++
          all.record(performance.now() - at)
        }),
      )
    }
    await sleep(5)
  }
  await Promise.all(asked)
  const took = (performance.now() - started) / 1000
  console.log(`runs: ${ended} of ${asked.length} done, ${(ended / took).toFixed(0)} a second`)
  row('each of them, until its answer', all)
  costs('each of them', ended, beforeRuns, spent())

  const hanging = await startEndpoint(() => undefined)
  const dead = await hire(hanging.url)
  row('a message to a person, before', await times(SECONDS, message))
  const each = Number(values.hanging)
  for (let i = 0; i < each; i++) {
    const asker = askers[i % ASKERS] as Device
    await asker.call('msg.send_private', { to_employee_id: dead.employeeId, content: 'x', agent_wait: false })
  }
  row(`a message to a person, with ${each} runs hanging`, await times(SECONDS, message))
  for (const endpoint of [atOnce, streaming, hanging]) endpoint.close()
  await office.disconnect()
}

const main = async (): Promise<void> => {
  if (values.help) return console.log(USAGE)
  for (const fact of describeMachine()) console.log(fact)
  await using directory = await tempDirectory('mchat-bench-agents-')
  await using postgres = values.postgres ? await startPostgres() : undefined
  const place = await placeGateway({
    directory: directory.path,
    postgresUrl: postgres?.url,
    env: { MCHAT_AGENT_ALLOW: '127.0.0.1/32' },
  })
  await using gateway = await place.start()
  const office = await place.connect(await place.firstAdmin())
  const hire = async (url?: string): Promise<Device> => {
    const profile = { qps_limit: 1000, max_concurrency: 1000, response_timeout: 60 }
    const hired = await office.call('employee.create', {
      name: 'Robin',
      ...(url === undefined ? {} : { is_ai_agent: true, agent_profile: { webhook_endpoint: url, ...profile } }),
    })
    return await place.connect(hired)
  }
  await measure(office, hire, () => {
    const ofGateway = withDescendants(gateway.pid)
    const others = withDescendants(process.pid).filter((pid) => pid !== process.pid && !ofGateway.includes(pid))
    return { gateway: cpuMicroseconds(ofGateway), database: cpuMicroseconds(others) }
  })
}

await main()
process.exit()
