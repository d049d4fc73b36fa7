import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mqtt from 'mqtt'
import { describeConnection } from '../../gateway/src/access/connection.ts'
import { Dynsec } from '../../gateway/src/access/mosquitto/dynsec.ts'
import { createMosquittoAccess } from '../../gateway/src/access/mosquitto.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { clientSessions } from '../../gateway/src/db/repositories/client-sessions.ts'
import { credentials } from '../../gateway/src/db/repositories/credentials.ts'
import { MqttLink } from '../../gateway/src/link/mqtt.ts'
import type { BrokerEndpoint } from '../../gateway/src/link/mqtt-connection.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { ownerOf } from '../../schema/src/index.ts'
import { startMosquitto } from '../kit/mosquitto.ts'
import { RawClient } from '../kit/raw-client.ts'
import type { AccessBench } from './access.ts'
import { type LinkBench, topics } from './link.ts'
import { openOrganisation } from './organisation.ts'

/** A link to a Mosquitto that lets everybody do everything: rights are the concern of the access. */
export const openMosquittoLinkBench = (protocolVersion: 4 | 5) => async (): Promise<LinkBench> => {
  const mosquitto = await startMosquitto()
  const links: MqttLink[] = []
  const openLink = (): MqttLink => {
    const link = new MqttLink({
      endpoint: { url: mosquitto.url, protocolVersion },
      topics,
      intake: { clientId: 'mchat_gateway_1', clean: false, sessionExpirySeconds: 3600 },
      outClientId: `mchat_gateway_1_out_${links.length}`,
      concurrentRequests: 256,
      vouches: true,
      log: silentLog,
    })
    links.push(link)
    return link
  }
  let link = openLink()
  return {
    get link() {
      return link
    },
    leavesOut: false,
    acknowledgesAtOnce: true,
    failStore: undefined,
    async crash() {
      link.abandon()
      link = openLink()
    },
    async connect(clientId, { clean = true, acknowledges = true } = {}) {
      const raw = await RawClient.open(mosquitto.port, { acknowledges })
      const code = await raw.connect({ clientId, username: ownerOf(clientId), password: 'x', clean })
      if (code !== 0) throw new Error(`${clientId} was refused with ${code}.`)
      return raw
    },
    async [Symbol.asyncDispose]() {
      for (const opened of links) opened.abandon()
      await mosquitto[Symbol.asyncDispose]()
    },
  }
}

const GATEWAY = { username: 'gateway', password: 'the gateway' }

/** A Mosquitto with its dynamic security plugin, where nothing is allowed but what the access has allowed. */
export const openMosquittoAccessBench = async (): Promise<AccessBench> => {
  await using stack = new AsyncDisposableStack()
  const organisation = stack.use(await openOrganisation())
  const mosquitto = stack.use(
    await startMosquitto({
      configuration: (directory) =>
        [
          'allow_anonymous false',
          `plugin ${DYNAMIC_SECURITY}`,
          `plugin_opt_config_file ${join(directory, 'dynsec.json')}`,
        ].join('\n'),
      prepare: async (directory) => {
        await promisify(execFile)('mosquitto_ctrl', [
          'dynsec',
          'init',
          join(directory, 'dynsec.json'),
          'administrator',
          GATEWAY.password,
        ])
      },
    }),
  )
  const endpoint = { url: mosquitto.url, protocolVersion: 4, ...GATEWAY } as const
  await allowGateway({ ...endpoint, username: 'administrator' })
  const dynsec = new Dynsec(endpoint, 'bench', silentLog)
  stack.defer(() => dynsec.close())
  await dynsec.live()
  const out = await mqtt.connectAsync(mosquitto.url, { ...GATEWAY, clientId: 'out' })
  stack.defer(() => out.endAsync(true))
  const passwordOf = (credentialId: string): string => `password of ${credentialId}`
  const { clock, database, directory } = organisation
  const access = createMosquittoAccess({
    topics,
    database,
    directory,
    dynsec,
    passwordOf,
    async purge(clientId) {
      const own = await mqtt.connectAsync(mosquitto.url, { ...GATEWAY, clientId, clean: true, reconnectPeriod: 0 })
      await own.endAsync()
    },
    async onGone(employeeId) {
      const offline = JSON.stringify({ status: 'offline', updated_at: clock.timestamp() })
      await out.publishAsync(topics.status(employeeId), offline, { qos: 1, retain: true })
    },
    describe: (employeeId, clientId) => ({
      ...describeConnection(createConfig(), { mqtt: mosquitto.port, http: 8080 }, employeeId, clientId),
      mqtt_username: clientId ?? employeeId,
    }),
  })
  const known = new Set<string>()
  /** As device.add and the first auth.bind do: a credential for this client_id, then a session. */
  const addDevice = async (clientId: string): Promise<void> => {
    known.add(clientId)
    const employee_id = ownerOf(clientId)
    const credential = { credential_id: `cred_${clientId}`, employee_id, client_id: clientId }
    const now = clock.date()
    await credentials.insert(database.kysely, { ...credential, kind: 'token', secret_hash: clientId, now })
    const session = { client_id: clientId, employee_id, device_info: null, credential_id: credential.credential_id }
    await clientSessions.open(database.kysely, { ...session, now, expires_at: new Date(now.getTime() + 86_400_000) })
    await access.syncEmployees([employee_id])
  }
  const opened = stack.move()
  return {
    ...organisation,
    access,
    failStore: undefined,
    subscribesForClients: false,
    mutesOneDevice: false,
    usernameOf: (employeeId, clientId) => clientId ?? employeeId,
    async connect(clientId, { clean = true, will } = {}) {
      if (!known.has(clientId)) await addDevice(clientId)
      const raw = await RawClient.open(mosquitto.port)
      const secret = { username: clientId, password: passwordOf(`cred_${clientId}`) }
      if ((await raw.connect({ clientId, clean, ...secret, ...(will === undefined ? {} : { will }) })) === 0) return raw
      await raw.closed
      return undefined
    },
    async publish(topic, text, retain = false) {
      await out.publishAsync(topic, text, { qos: 1, retain })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const DYNAMIC_SECURITY = '/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so'

/** What `mosquitto_ctrl dynsec init` leaves to do: nothing is allowed to anybody, and the gateway may do what it must. */
const allowGateway = async (administrator: BrokerEndpoint): Promise<void> => {
  const dynsec = new Dynsec(administrator, 'init', silentLog)
  await dynsec.live()
  const allow = (acltype: string, topic: string) => ({ acltype, topic, priority: 0, allow: true })
  const everything = `${topics.prefix}mchat/#`
  await dynsec.run([
    {
      command: 'setDefaultACLAccess',
      acls: ['publishClientSend', 'publishClientReceive', 'subscribe'].map((acltype) => ({ acltype, allow: false })),
    },
    {
      command: 'createRole',
      rolename: 'gateway',
      acls: [
        allow('subscribePattern', topics.sharedRequests),
        allow('subscribePattern', everything),
        allow('publishClientSend', everything),
        allow('publishClientReceive', everything),
      ],
    },
    {
      command: 'createClient',
      ...GATEWAY,
      roles: ['gateway', 'admin'].map((rolename) => ({ rolename, priority: 0 })),
    },
  ])
  await dynsec.close()
}
