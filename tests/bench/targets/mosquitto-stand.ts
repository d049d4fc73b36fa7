import { randomBytes } from 'node:crypto'
import { deviceAcls, employeeAcls } from '../../../gateway/src/access/mosquitto/acl.ts'
import { createTopics } from '../../../schema/src/index.ts'
import { type MosquittoServer, startMosquitto } from '../../kit/mosquitto.ts'
import { type PostgresServer, startPostgres } from '../../kit/postgres.ts'
import { createDatabase } from '../../kit/postgres-database.ts'
import type { Device } from '../client-connection.ts'
import { createMchat, type Stand } from './mchat.ts'
import { nullTarget } from './null-target.ts'
import type { Target } from './target.ts'

/** As many as the largest scenario has, and each in the one group. */
const PEOPLE = 500
const PASSWORD = 'bench'
const GROUP = 'grp_bench'

const clientIdOf = (number: number): string => `emp_${String(number).padStart(5, '0')}_bench_1`

/** Employees with the rights the product gives them, since checking those costs the broker. */
const users = () => {
  const topics = createTopics()
  const numbers = Array.from({ length: PEOPLE }, (_, index) => index)
  return {
    clients: numbers.map((number) => {
      const clientId = clientIdOf(number)
      return { username: clientId, clientId, password: PASSWORD, roles: [clientId] }
    }),
    roles: numbers.map((number) => {
      const clientId = clientIdOf(number)
      const employeeId = clientId.slice(0, -'_bench_1'.length)
      const subject = { employeeId, groupIds: [GROUP], holds: () => false }
      return { rolename: clientId, acls: [...deviceAcls(topics, clientId), ...employeeAcls(topics, subject)] }
    }),
  }
}

/** Each target has a Mosquitto of its own with the same configuration: on one they would take each other's requests. */
export const nullMosquitto: Target = nullTarget(
  {
    name: 'null-mosquitto',
    description: 'a Mosquitto and a gateway on mqtt.js that checks nothing: the yardstick for gateways on Mosquitto',
    cleanSessions: false,
  },
  'null-mosquitto.ts',
  async () => {
    const broker = await startMosquitto({ users: users() })
    const { password, username } = broker.gateway
    return {
      args: [broker.url, username, password],
      device: (number): Device => {
        const clientId = clientIdOf(number)
        return { employeeId: clientId.slice(0, -'_bench_1'.length), clientId, username: clientId, password: PASSWORD }
      },
      async stop() {
        await broker[Symbol.asyncDispose]()
      },
    }
  },
)

/** One gateway or several on a Mosquitto and a PostgreSQL of their own. */
export const onMosquitto =
  (gateways: number, settings: Readonly<Record<string, string>> = {}) =>
  async (): Promise<Stand> => {
    const broker: MosquittoServer = await startMosquitto()
    const postgres: PostgresServer = await startPostgres()
    const database = await createDatabase(postgres.url)
    return {
      port: broker.port,
      gateways,
      environment: {
        MCHAT_BROKER_KIND: 'mosquitto',
        MCHAT_BROKER_URL: broker.url,
        MCHAT_BROKER_USERNAME: broker.gateway.username,
        MCHAT_BROKER_PASSWORD: broker.gateway.password,
        MCHAT_DATABASE_URL: database.url,
        MCHAT_SECRET: randomBytes(32).toString('base64'),
        ...settings,
      },
      async stop() {
        await broker[Symbol.asyncDispose]()
        await postgres[Symbol.asyncDispose]()
      },
    }
  }

export const mchatMosquitto: Target = createMchat(
  {
    name: 'mchat-mosquitto',
    description: 'the product on a Mosquitto and a PostgreSQL, one gateway, all checks on',
    cleanSessions: false,
  },
  onMosquitto(1),
)

/** The same with several gateways. */
export const clusterOf = (gateways: number, groupDelivery: 'topic' | 'inbox' = 'topic'): Target =>
  createMchat(
    { name: `mchat-mosquitto-${gateways}`, description: `the same with ${gateways} gateways`, cleanSessions: false },
    onMosquitto(gateways, { MCHAT_GROUP_DELIVERY: groupDelivery }),
  )

export const mchatMosquittoInbox: Target = createMchat(
  {
    name: 'mchat-mosquitto-inbox',
    groupsByInbox: true,
    description: 'the same with one gateway, messages to groups delivered to the inboxes of the members',
    cleanSessions: false,
  },
  onMosquitto(1, { MCHAT_GROUP_DELIVERY: 'inbox' }),
)
