import mqtt from 'mqtt'
import { describeAccess } from '../../gateway/src/access/connection.ts'
import { createEmqxHooks } from '../../gateway/src/access/emqx/hooks.ts'
import { EmqxRest } from '../../gateway/src/access/emqx/rest.ts'
import { createEmqxAccess } from '../../gateway/src/access/emqx.ts'
import { createProbes } from '../../gateway/src/access/hooks/probes.ts'
import { createVerifiedLogin } from '../../gateway/src/access/login.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { ephemeralSessions } from '../../gateway/src/link/intake-policy.ts'
import { MqttLink } from '../../gateway/src/link/mqtt.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { ownerOf } from '../../schema/src/index.ts'
import { type EmqxServer, startEmqx } from '../kit/emqx.ts'
import { RawClient } from '../kit/raw-client.ts'
import type { AccessBench } from './access.ts'
import { serveHooks } from './hook-server.ts'
import { type LinkBench, topics } from './link.ts'
import { openOrganisation } from './organisation.ts'

const HOOK_KEY = 'the-key-that-emqx-shows-to-the-gateways'
const GATEWAY = { username: 'gateway', password: 'the password of the gateways' }

/** `openLink` is for one more gateway beside that of the bench. */
export type EmqxLinkBench = LinkBench & { openLink(): MqttLink }

/** A link to an EMQX whose gateway lets everybody do everything: rights are the concern of the access. */
export const openEmqxLinkBench = async (): Promise<EmqxLinkBench> => {
  await using stack = new AsyncDisposableStack()
  const path = '/broker/emqx/authentication'
  const answer = async (): Promise<object> => ({ result: 'allow', is_superuser: true })
  const url = await serveHooks([{ path, bodyBytes: 65_536, mayAsk: () => true, answer }], stack)
  const emqx = stack.use(await startEmqx({ url, key: HOOK_KEY }))
  const links: MqttLink[] = []
  stack.defer(() => {
    for (const opened of links) opened.abandon()
  })
  const openLink = (): MqttLink => {
    const link = new MqttLink({
      endpoint: { url: emqx.url, protocolVersion: 5 },
      topics,
      instance: 'one',
      policy: ephemeralSessions(`mchat_gateway_${links.length}`),
      outClientIds: [`mchat_out_${links.length}`],
      concurrentRequests: 256,
      log: silentLog,
    })
    links.push(link)
    return link
  }
  let link = openLink()
  const opened = stack.move()
  return {
    get link() {
      return link
    },
    openLink,
    instance: 'one',
    leavesOut: false,
    marksRepeated: true,
    retainsForWildcards: true,
    keepsRequests: false,
    acknowledgesAtOnce: true,
    failStore: undefined,
    async crash() {
      link.abandon()
      link = openLink()
    },
    async connect(clientId, { clean = true, acknowledges = true } = {}) {
      const raw = await RawClient.open(emqx.port, { acknowledges })
      const code = await raw.connect({ clientId, username: ownerOf(clientId), password: 'x', clean })
      if (code !== 0) throw new Error(`${clientId} was refused with ${code}.`)
      return raw
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** An EMQX that asks a gateway, or as much of one as answers it. @param durable what is away has no process */
export const openEmqxAccessBench = async (durable = false): Promise<AccessBench & { readonly emqx: EmqxServer }> => {
  await using stack = new AsyncDisposableStack()
  const organisation = stack.use(await openOrganisation())
  const { clock, database, directory, secrets } = organisation
  const { hooks } = createEmqxHooks({
    topics,
    directory,
    groupDelivery: 'topic',
    hookKey: HOOK_KEY,
    gateway: GATEWAY,
    login: createVerifiedLogin({
      ...organisation.login,
      onSurplus: (employeeId) => access.syncEmployees([employeeId]),
    }),
    probes: createProbes(Buffer.alloc(32, 1), clock),
    arrivals: { coming: () => ({ admitted() {} }) },
    onRefused: () => {},
    onError(error) {
      throw error
    },
  })
  const url = await serveHooks(hooks, stack)
  const emqx = stack.use(await startEmqx({ url, key: HOOK_KEY }, { durable }))
  const out = await mqtt.connectAsync(emqx.url, { ...GATEWAY, clientId: 'mchat_out_1', reconnectPeriod: 0 })
  stack.defer(() => out.endAsync(true))
  const config = createConfig({ broker: { kind: 'emqx', url: emqx.url } })
  const access = createEmqxAccess({
    topics,
    database,
    groupDelivery: 'topic',
    rest: new EmqxRest({ url: emqx.api.apiUrl, ...emqx.api }),
    clock,
    forgotten: async () => {},
    async onGone(employeeId) {
      const offline = JSON.stringify({ status: 'offline', updated_at: clock.timestamp() })
      await out.publishAsync(topics.status(employeeId), offline, { qos: 1, retain: true })
    },
    description: describeAccess(config, { mqtt: emqx.port, http: 8080 }),
  })
  const opened = stack.move()
  return {
    ...organisation,
    access,
    emqx,
    failStore(fails) {
      emqx.rest.fails = fails ? { status: 500, body: { code: 'UNKNOWN_ERROR' } } : undefined
    },
    subscribesForClients: true,
    mutesOneDevice: true,
    dropsQueued: false,
    usernameOf: (employeeId) => employeeId,
    async connect(clientId, { clean = true, will } = {}) {
      const raw = await RawClient.open(emqx.port)
      const username = ownerOf(clientId)
      const login = { username, password: secrets.get(username) ?? '' }
      if ((await raw.connect({ clientId, clean, ...login, ...(will === undefined ? {} : { will }) })) === 0) return raw
      await raw.closed
      return undefined
    },
    async publish(topic, text, retain = false) {
      await out.publishAsync(topic, text, { qos: 1, retain })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
