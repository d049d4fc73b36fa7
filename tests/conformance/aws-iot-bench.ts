import mqtt from 'mqtt'
import { createAuthorizer } from '../../gateway/src/access/aws-iot/authorizer.ts'
import { AwsConnections } from '../../gateway/src/access/aws-iot/connections.ts'
import { gatewayPolicy } from '../../gateway/src/access/aws-iot/policy.ts'
import { createAwsIotAccess } from '../../gateway/src/access/aws-iot.ts'
import { describeAccess } from '../../gateway/src/access/connection.ts'
import { createProbes } from '../../gateway/src/access/hooks/probes.ts'
import { createVerifiedLogin } from '../../gateway/src/access/login.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { ephemeralSessions } from '../../gateway/src/link/intake-policy.ts'
import { MqttLink } from '../../gateway/src/link/mqtt.ts'
import type { Quota } from '../../gateway/src/link/publish-quota.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { ownerOf } from '../../schema/src/index.ts'
import { loadAuthorizer } from '../kit/aws-authorizer.ts'
import { type AwsIotServer, startAwsIot } from '../kit/aws-iot.ts'
import { RawClient } from '../kit/raw-client.ts'
import type { AccessBench } from './access.ts'
import { serveHooks } from './hook-server.ts'
import { type LinkBench, topics } from './link.ts'
import { type Organisation, openOrganisation } from './organisation.ts'

const HOOK_KEY = 'the-key-that-the-authorizer-shows'
const GATEWAY = { username: 'gateway', password: 'the password of the gateways' }
const UNLIMITED = { publishesPerSecond: Number.POSITIVE_INFINITY, connectsPerSecond: Number.POSITIVE_INFINITY }

export interface AwsIotLinkOptions {
  /** Of the stand-in. Default: as many publishes as there are. */
  readonly publishesPerSecond?: number
  /** Of the link. Default: none. */
  readonly quota?: Quota
  /** That take requests; twice as many publish. Default: 1. */
  readonly connections?: number
}

/** A link to an AWS IoT whose authorizer lets everybody do everything: rights are the concern of the access. */
export const openAwsIotLinkBench = async (
  options: AwsIotLinkOptions = {},
): Promise<LinkBench & { readonly aws: AwsIotServer }> => {
  const { connections = 1, publishesPerSecond = UNLIMITED.publishesPerSecond, quota } = options
  await using stack = new AsyncDisposableStack()
  const quotas = { ...UNLIMITED, publishesPerSecond }
  const aws = stack.use(
    await startAwsIot(
      async ({ protocolData: { mqtt } }, { invokedFunctionArn }) => ({
        isAuthenticated: true,
        principalId: 'everybody',
        disconnectAfterInSeconds: 86_400,
        refreshAfterInSeconds: 86_400,
        policyDocuments: gatewayPolicy({
          topics,
          scope: invokedFunctionArn.replace(':lambda:', ':iot:').replace(/:function:.*/, ''),
          clientId: mqtt.clientId,
        }),
      }),
      { quotas },
    ),
  )
  const links: MqttLink[] = []
  stack.defer(() => {
    for (const opened of links) opened.abandon()
  })
  const names = (role: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `mchat_${role}_${links.length}_${i}`)
  const openLink = (): MqttLink => {
    const link = new MqttLink({
      endpoint: { url: aws.url, protocolVersion: 5, ...(quota === undefined ? {} : { quota }) },
      topics,
      instance: 'one',
      policy: ephemeralSessions(...names('gateway', connections)),
      outClientIds: names('out', 2 * connections),
      concurrentRequests: 256,
      log: silentLog,
    })
    links.push(link)
    return link
  }
  let link = openLink()
  const opened = stack.move()
  return {
    aws,
    get link() {
      return link
    },
    instance: 'one',
    leavesOut: false,
    marksRepeated: false,
    retainsForWildcards: false,
    keepsRequests: false,
    acknowledgesAtOnce: true,
    failStore: undefined,
    async crash() {
      link.abandon()
      link = openLink()
    },
    async connect(clientId, { clean = true, acknowledges = true } = {}) {
      const raw = await RawClient.open(aws.port, { acknowledges })
      const code = await raw.connect({ clientId, username: ownerOf(clientId), password: 'x', clean })
      if (code !== 0) throw new Error(`${clientId} was refused with ${code}.`)
      return raw
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export interface AwsIotAccessBench extends AccessBench, Pick<Organisation, 'clock' | 'database'> {
  readonly aws: AwsIotServer
  /** From now on nobody can be said to be offline, or can again. */
  failGone(fails: boolean): void
}

/** An AWS IoT whose authorizer asks a gateway, or as much of one as answers it. */
export const openAwsIotAccessBench = async (): Promise<AwsIotAccessBench> => {
  await using stack = new AsyncDisposableStack()
  const organisation = stack.use(await openOrganisation())
  const { clock, database, secrets } = organisation
  const { hook } = createAuthorizer({
    topics,
    hookKey: HOOK_KEY,
    clock,
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
  const url = await serveHooks([hook], stack)
  const aws = stack.use(await startAwsIot(await loadAuthorizer({ url, key: HOOK_KEY }), { quotas: UNLIMITED }))
  const out = await mqtt.connectAsync(aws.url, { ...GATEWAY, clientId: 'mchat_out_1', reconnectPeriod: 0 })
  stack.defer(() => out.endAsync(true))
  const { apiKey, apiSecret, apiUrl, region } = aws.api
  const connections = new AwsConnections({ url: apiUrl, region, accessKey: { id: apiKey, secret: apiSecret } })
  stack.defer(() => connections.close())
  const config = createConfig({ broker: { kind: 'aws-iot', url: aws.url }, groupDelivery: 'inbox' })
  let isGoneFailing = false
  const access = createAwsIotAccess({
    database,
    connections,
    clock,
    forgotten: async () => {},
    async onGone(employeeId) {
      if (isGoneFailing) throw new Error('the broker is away')
      const offline = JSON.stringify({ status: 'offline', updated_at: clock.timestamp() })
      await out.publishAsync(topics.status(employeeId), offline, { qos: 1, retain: true })
    },
    description: describeAccess(config, { mqtt: aws.port, http: 8080 }),
  })
  const opened = stack.move()
  return {
    ...organisation,
    access,
    aws,
    failGone(fails) {
      isGoneFailing = fails
    },
    failStore(fails) {
      aws.dataPlane.fails = fails ? { status: 500, body: { message: 'Internal failure' } } : undefined
    },
    subscribesForClients: false,
    mutesOneDevice: false,
    dropsQueued: false,
    usernameOf: (employeeId) => employeeId,
    async connect(clientId, { clean = true, will } = {}) {
      const raw = await RawClient.open(aws.port)
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
