import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createEmbeddedAccess } from '../../gateway/src/access/embedded.ts'
import { createLogin } from '../../gateway/src/access/login.ts'
import { rightsSubject } from '../../gateway/src/access/subject.ts'
import type { BrokerHooks } from '../../gateway/src/broker/broker-hooks.ts'
import { EmbeddedBroker } from '../../gateway/src/broker/embedded-broker.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { createPresence } from '../../gateway/src/delivery/presence.ts'
import { EmbeddedLink } from '../../gateway/src/link/embedded.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { openRig, type Rig } from '../../gateway/test/broker/sessions/rig.ts'
import { RawClient } from '../kit/raw-client.ts'
import type { AccessBench, ConnectOptions } from './access.ts'
import { type LinkBench, topics } from './link.ts'
import { openOrganisation } from './organisation.ts'

const ownerOf = (clientId: string): string => clientId.split('_')[0] ?? ''

/** The embedded broker with its link, over a journal in memory that can be killed and made to fail. */
class EmbeddedRig implements AsyncDisposable {
  readonly rig: Rig
  readonly #hooks: (rig: EmbeddedRig) => Omit<BrokerHooks, 'request' | 'refused' | 'ended'>
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #link: EmbeddedLink | undefined
  #broker: EmbeddedBroker | undefined

  private constructor(rig: Rig, hooks: (rig: EmbeddedRig) => Omit<BrokerHooks, 'request' | 'refused' | 'ended'>) {
    this.rig = rig
    this.#hooks = hooks
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      this.broker.accept(socket)
    })
  }

  static async open(
    hooks: (rig: EmbeddedRig) => Omit<BrokerHooks, 'request' | 'refused' | 'ended'>,
  ): Promise<EmbeddedRig> {
    const opened = new EmbeddedRig(await openRig({ limits: { inflight: 1000 } }), hooks)
    await opened.#start()
    opened.#server.listen(0, '127.0.0.1')
    await once(opened.#server, 'listening')
    return opened
  }

  get link(): EmbeddedLink {
    if (this.#link === undefined) throw new Error('not open')
    return this.#link
  }

  get broker(): EmbeddedBroker {
    if (this.#broker === undefined) throw new Error('not open')
    return this.#broker
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  readonly failStore = (fails: boolean): void => {
    this.rig.journal.failure = fails ? new Error('disk full') : undefined
  }

  readonly crash = async (): Promise<void> => {
    this.rig.journal.kill()
    await this.#endConnections()
    await this.rig.open()
    await this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endConnections()
    this.#server.close()
    await this.rig.sessions.close()
  }

  async #start(): Promise<void> {
    const { sessions } = this.rig
    this.#link = new EmbeddedLink(sessions)
    this.#broker = await EmbeddedBroker.start({
      topics,
      store: sessions,
      sessions,
      log: silentLog,
      hooks: { ...this.#hooks(this), request: this.#link.take, refused: () => {}, ended: () => {} },
      limits: {
        packetBytes: 256 * 1024,
        connectTimeoutSeconds: 5,
        subscriptionsPerClient: 100,
        concurrentRequestsPerClient: 100,
        connectionBufferBytes: 64 * 1024,
      },
    })
    this.#link.attach(this.#broker)
  }

  async #endConnections(): Promise<void> {
    const closed = [...this.#sockets].map((socket) => once(socket, 'close'))
    await this.broker.close()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
  }
}

const rights = (clientId: string) => ({
  clientId,
  employeeId: ownerOf(clientId),
  isMember: () => true,
  holds: () => true,
})

export const openLinkBench = async (): Promise<LinkBench> => {
  const rig = await EmbeddedRig.open(() => ({
    login: async ({ clientId }) => ownerOf(clientId),
    subject: async (clientId) => rights(clientId),
    status: async () => {},
  }))
  return {
    get link() {
      return rig.link
    },
    instance: undefined,
    leavesOut: true,
    marksRepeated: true,
    retainsForWildcards: true,
    keepsRequests: true,
    acknowledgesAtOnce: false,
    crash: rig.crash,
    failStore: rig.failStore,
    async connect(clientId, { clean = true, acknowledges = true } = {}) {
      const raw = await RawClient.open(rig.port, { acknowledges })
      const code = await raw.connect({ clientId, username: ownerOf(clientId), password: 'x', clean })
      if (code !== 0) throw new Error(`${clientId} was refused with ${code}.`)
      return raw
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
}

export const openAccessBench = async (): Promise<AccessBench> => {
  const organisation = await openOrganisation()
  const { clock, directory, secrets } = organisation
  const config = createConfig()
  const login = createLogin({
    ...organisation.login,
    onSurplus: (employeeId) => access.syncEmployees([employeeId]),
  })
  const rig = await EmbeddedRig.open((opened) => ({
    login,
    subject: (clientId, employeeId) => rightsSubject({ directory, groupDelivery: 'topic' }, clientId, employeeId),
    status: (employeeId, _clientId, payload) => createPresence(opened.link, topics, clock).say(employeeId, payload),
  }))
  const { broker, link } = rig
  const access = createEmbeddedAccess({
    config,
    topics,
    directory,
    broker,
    sessions: rig.rig.sessions,
    ports: { mqtt: rig.port, http: 8080 },
    onGone: (employeeId) => createPresence(link, topics, clock).offline(employeeId),
  })
  return {
    ...organisation,
    access,
    failStore: rig.failStore,
    subscribesForClients: true,
    mutesOneDevice: true,
    dropsQueued: true,
    usernameOf: (employeeId) => employeeId,
    async connect(clientId, { clean = true, will }: ConnectOptions = {}) {
      const raw = await RawClient.open(rig.port)
      const username = ownerOf(clientId)
      const password = secrets.get(username) ?? ''
      const fields = { clientId, username, password, clean, ...(will === undefined ? {} : { will }) }
      if ((await raw.connect(fields)) === 0) return raw
      await raw.closed
      return undefined
    },
    publish: (topic, text, retain = false) => link.publish(topic, Buffer.from(text), { qos: 1, retain }),
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]()
      await organisation[Symbol.asyncDispose]()
    },
  }
}
