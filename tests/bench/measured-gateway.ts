import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirstAdminFile } from '../../gateway/src/first-admin.ts'
import { MchatProcess } from '../../gateway/test/mchat-process.ts'
import { createTopics, type OutputOf } from '../../schema/src/index.ts'
import { Device } from '../kit/device.ts'
import { freePort } from '../kit/free-port.ts'

export interface MeasuredGatewayOptions {
  readonly directory: string
  /** Default: PGlite, which works within the gateway. */
  readonly postgresUrl?: string | undefined
  /** More of its settings. */
  readonly env?: Readonly<Record<string, string>>
}

/** A gateway as it runs in production but for its limits, in a process of its own, that can be started again. */
export interface MeasuredGateway {
  readonly dataDir: string
  readonly httpPort: number
  /** @returns when it is ready */
  start(): Promise<MchatProcess>
  /** There once it has started. */
  firstAdmin(): Promise<FirstAdminFile>
  /** As `employee.create` and `firstAdmin` say how; its session is bound. */
  connect(who: Pick<OutputOf<'employee.create'>, 'employee_id' | 'mqtt_connection'>): Promise<Device>
}

export const placeGateway = async (options: MeasuredGatewayOptions): Promise<MeasuredGateway> => {
  const { directory, env = {}, postgresUrl } = options
  const [httpPort, mqttPort] = [await freePort(), await freePort()]
  const dataDir = join(directory, 'data')
  return {
    dataDir,
    httpPort,
    async start() {
      const gateway = new MchatProcess(['start'], {
        execArgv: [],
        cwd: directory,
        env: {
          NODE_ENV: 'production',
          MCHAT_DATA_DIR: dataDir,
          MCHAT_HTTP_PORT: String(httpPort),
          MCHAT_MQTT_PORT: String(mqttPort),
          MCHAT_RATE_LIMIT: 'off',
          ...(postgresUrl === undefined ? {} : { MCHAT_DATABASE_URL: postgresUrl }),
          ...env,
        },
      })
      await gateway.says('is ready')
      return gateway
    },
    firstAdmin: async () => JSON.parse(await readFile(join(dataDir, 'first-admin.json'), 'utf8')),
    async connect({ employee_id: employeeId, mqtt_connection: { mqtt_password: secret = '' } }) {
      const clientId = `${employeeId}_bench_1`
      const topics = createTopics()
      const device = await Device.connect({ port: mqttPort, topics, employeeId, clientId, secret, clean: false })
      await device.subscribe(device.topics.responses(clientId))
      await device.call('auth.bind', { employee_id: employeeId })
      return device
    },
  }
}
