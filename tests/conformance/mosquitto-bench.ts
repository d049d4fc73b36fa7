import mqtt from 'mqtt'
import { describeAccess } from '../../gateway/src/access/connection.ts'
import { Dynsec } from '../../gateway/src/access/mosquitto/dynsec.ts'
import { createMosquittoAccess } from '../../gateway/src/access/mosquitto.ts'
import { createTokens } from '../../gateway/src/access/tokens.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { clientSessions } from '../../gateway/src/db/repositories/client-sessions.ts'
import { credentials } from '../../gateway/src/db/repositories/credentials.ts'
import { fixedSession } from '../../gateway/src/link/intake-policy.ts'
import { MqttLink } from '../../gateway/src/link/mqtt.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { ownerOf } from '../../schema/src/index.ts'
import { testKeys } from '../kit/keys.ts'
import { startMosquitto } from '../kit/mosquitto.ts'
import { RawClient } from '../kit/raw-client.ts'
import type { AccessBench } from './access.ts'
import { type LinkBench, topics } from './link.ts'
import { openOrganisation } from './organisation.ts'

/** A link to a Mosquitto that lets everybody do everything: rights are the concern of the access. */
export const openMosquittoLinkBench = (protocolVersion: 4 | 5) => async (): Promise<LinkBench> => {
  const mosquitto = await startMosquitto({ strict: false })
  const links: MqttLink[] = []
  const openLink = (): MqttLink => {
    const link = new MqttLink({
      endpoint: { url: mosquitto.url, protocolVersion },
      topics,
      instance: 'one',
      policy: fixedSession('mchat_gateway_1'),
      outClientIds: [`mchat_gateway_1_out_${links.length}`],
      concurrentRequests: 256,
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
    instance: 'one',
    leavesOut: false,
    marksRepeated: true,
    retainsForWildcards: true,
    keepsRequests: true,
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

/** A Mosquitto with its dynamic security plugin, where nothing is allowed but what the access has allowed. */
export const openMosquittoAccessBench = async (): Promise<AccessBench> => {
  await using stack = new AsyncDisposableStack()
  const organisation = stack.use(await openOrganisation())
  const mosquitto = stack.use(await startMosquitto())
  const endpoint = { url: mosquitto.url, protocolVersion: 5, ...mosquitto.gateway } as const
  const dynsec = new Dynsec(endpoint, 'mchat_access_bench', silentLog, systemClock())
  stack.defer(() => dynsec.close())
  await dynsec.answers()
  const out = await mqtt.connectAsync(mosquitto.url, { ...mosquitto.gateway, clientId: 'out' })
  stack.defer(() => out.endAsync(true))
  const { tokenOf } = createTokens(testKeys())
  const { clock, database } = organisation
  const config = createConfig({ broker: { kind: 'mosquitto', url: mosquitto.url } })
  const access = createMosquittoAccess({
    topics,
    database,
    dynsec,
    tokenOf,
    groupDelivery: 'topic',
    async purge(clientId) {
      const own = await mqtt.connectAsync(mosquitto.url, {
        ...mosquitto.gateway,
        clientId,
        clean: true,
        reconnectPeriod: 0,
      })
      await own.endAsync()
    },
    async onGone(employeeId) {
      const offline = JSON.stringify({ status: 'offline', updated_at: clock.timestamp() })
      await out.publishAsync(topics.status(employeeId), offline, { qos: 1, retain: true })
    },
    description: describeAccess(config, { mqtt: mosquitto.port, http: 8080 }),
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
    dropsQueued: true,
    usernameOf: (employeeId, clientId) => clientId ?? employeeId,
    async connect(clientId, { clean = true, will } = {}) {
      if (!known.has(clientId)) await addDevice(clientId)
      const raw = await RawClient.open(mosquitto.port)
      const secret = { username: clientId, password: tokenOf(`cred_${clientId}`) }
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
