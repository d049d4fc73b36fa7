import type { AgentProfile, AgentReply, AgentRun } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { Person } from '../kit/person.ts'

export interface MqttAgent {
  readonly id: string
  readonly person: Person
  readonly device: Device
  /** What it was called with, in order. */
  readonly runs: readonly AgentRun[]
  /** Does this with every run from now on. */
  onRun(respond: (run: AgentRun) => unknown): void
  reply(run: Pick<AgentRun, 'run_id'>, reply: AgentReply): Promise<unknown>
  delta(run: Pick<AgentRun, 'run_id'>, delta: string, offset: number): Promise<unknown>
}

/** An agent that is an MQTT client, which says "echo: …" until it is told otherwise. */
export const startMqttAgent = async (gateway: TestGateway, profile: AgentProfile = {}): Promise<MqttAgent> => {
  const office = await gateway.office
  const { employee_id: id, mqtt_connection } = await office.call('employee.create', {
    name: 'Echo',
    is_ai_agent: true,
    agent_profile: { connector: 'mqtt', ...profile },
  })
  const person = new Person(gateway, { id, name: 'Echo', connection: mqtt_connection })
  const device = await person.connect()
  const runs: AgentRun[] = []
  const reply: MqttAgent['reply'] = ({ run_id }, answer) => device.call('agent.reply', { run_id, ...answer })
  let respond: (run: AgentRun) => unknown = (run) => reply(run, { content: `echo: ${String(run.message.content)}` })
  const listen = async (): Promise<void> => {
    while (!device.isClosed) {
      // Nothing may come for a while.
      const message = await device.inbox.next('agent_run').catch(() => undefined)
      if (message === undefined) continue
      const run = message.json as unknown as AgentRun
      runs.push(run)
      Promise.resolve(respond(run)).catch(() => undefined)
    }
  }
  void listen()
  return {
    id,
    person,
    device,
    runs,
    onRun(given) {
      respond = given
    },
    reply,
    delta: ({ run_id }, delta, offset) => device.send('agent.delta', { run_id, delta, offset }, { qos: 0 }),
  }
}
