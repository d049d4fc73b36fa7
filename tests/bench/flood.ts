/** What one employee who floods the deployment costs two others who chat: `npm run bench:flood -- --help`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import type { Device } from './client-connection.ts'
import type { Attack, AttackResult } from './flood-attack.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { describeMachine } from './machine.ts'
import { residentKilobytes } from './process-usage.ts'
import { flooded, floodedCluster } from './targets/flooded.ts'
import { RequestClient } from './targets/request-client.ts'
import type { RunningTarget } from './targets/target.ts'

const USAGE = `npm run bench:flood -- [options]

  --seconds <n>        of the flood; as long before it, for comparison, but at most 20 (60)
  --rate <n>           requests a second, over all connections (3000)
  --connections <n>    of the one employee, a third of which never read (30)
  --subscriptions <n>  asked for (50000)
  --gateways <n>       on one Mosquitto and one PostgreSQL; 0: the embedded broker and database (0)`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '3000' },
    connections: { type: 'string', default: '30' },
    subscriptions: { type: 'string', default: '50000' },
    gateways: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
})

/** One message from one to the other every so often, whatever became of the last. */
const CHAT_EVERY_MS = 100
const BASELINE_SECONDS = 20

interface Chat {
  readonly times: LatencyHistogram
  readonly slowest: number
  readonly refused: readonly string[]
}

const chat = async (from: RequestClient, to: Device, seconds: number): Promise<Chat> => {
  const times = new LatencyHistogram()
  const refused: string[] = []
  let slowest = 0
  const sending: Promise<void>[] = []
  const send = async (): Promise<void> => {
    const started = performance.now()
    await from
      .request('msg.send_private', { to_employee_id: to.employeeId, content: 'hello' })
      .catch((error: Error) => {
        refused.push(error.message)
      })
    const took = performance.now() - started
    times.record(took)
    slowest = Math.max(slowest, took)
  }
  for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
    sending.push(send())
    await sleep(CHAT_EVERY_MS)
  }
  await Promise.all(sending)
  return { times, slowest, refused }
}

/** A credential of its own for each, as a broker outside the gateway wants it. */
const devicesOf = async (running: RunningTarget, attacker: Device, count: number): Promise<Device[]> => {
  const client = await RequestClient.connect(running.port, attacker)
  const devices: Device[] = []
  for (let i = 0; i < count; i++) {
    const { mqtt_connection } = await client.request('device.add', { device_id: `flood${i}` })
    const { client_id, mqtt_password, mqtt_username } = mqtt_connection as Record<string, string>
    devices.push({
      employeeId: attacker.employeeId,
      clientId: client_id ?? '',
      username: mqtt_username,
      password: mqtt_password,
    })
  }
  await client.close()
  return devices
}

const measure = async (
  running: RunningTarget,
  plan: Omit<Attack, 'port' | 'devices' | 'deaf'>,
  connections: number,
) => {
  const [attacker, speaker, listener] = await running.devices(3, 1)
  if (attacker === undefined || speaker === undefined || listener === undefined) throw new Error('no devices')
  const devices = await devicesOf(running, attacker, connections)
  const from = await RequestClient.connect(running.port, speaker)
  const row = (name: string, { times, slowest, refused }: Chat): void => {
    const [p50, p99] = [0.5, 0.99].map((share) => times.quantileMs(share).toFixed(1))
    console.log(`${name}: p50 ${p50} ms, p99 ${p99} ms, slowest ${slowest.toFixed(1)} ms; refused ${refused.length}`)
    for (const message of new Set(refused)) console.log(`  ${message}`)
  }
  row('before', await chat(from, listener, Math.min(BASELINE_SECONDS, plan.seconds)))

  const before = residentKilobytes(running.pids)
  let highest = before
  const watching = setInterval(() => {
    highest = Math.max(highest, residentKilobytes(running.pids))
  }, 500)
  const attack: Attack = { ...plan, port: running.port, devices, deaf: Math.floor(connections / 3) }
  const program = join(import.meta.dirname, 'flood-attack.ts')
  const attacking = promisify(execFile)(process.execPath, [program, JSON.stringify(attack)])
  const during = await chat(from, listener, plan.seconds)
  const { sent, cut, bytesRead } = JSON.parse((await attacking).stdout) as AttackResult
  clearInterval(watching)
  row('during', during)
  row('after', await chat(from, listener, 5))
  const mib = (kilobytes: number): string => (kilobytes / 1024).toFixed(0)
  console.log(`sent ${(sent / plan.seconds).toFixed(0)}/s; ${cut} connections cut; read ${mib(bytesRead / 1024)} MiB`)
  console.log(`memory of the gateways: ${mib(before)} MiB before, ${mib(highest)} at most`)
  await from.close()
  if (during.refused.length > 0) process.exitCode = 1
}

const main = async (): Promise<void> => {
  if (values.help) return console.log(USAGE)
  const number = (text: string, least: number): number => {
    if (!(Number(text) >= least)) throw new Error(USAGE)
    return Number(text)
  }
  const connections = number(values.connections, 1)
  const gateways = number(values.gateways, 0)
  const plan = {
    seconds: number(values.seconds, 1),
    requestsPerSecond: number(values.rate, 1),
    subscriptions: number(values.subscriptions, 0),
  }
  for (const fact of describeMachine()) console.log(fact)
  const running = await (gateways === 0 ? flooded : floodedCluster(gateways)).start({ nodeOptions: [] })
  try {
    await measure(running, plan, connections)
  } finally {
    await running.stop()
  }
}

await main()
