import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createAuthenticate, hashToken } from '../../gateway/src/access/credentials.ts'
import { createEmbeddedAccess } from '../../gateway/src/access/embedded.ts'
import { createLogin } from '../../gateway/src/access/login.ts'
import { createSessionKeeper } from '../../gateway/src/access/sessions.ts'
import { rightsSubject } from '../../gateway/src/access/subject.ts'
import type { BrokerHooks } from '../../gateway/src/broker/broker-hooks.ts'
import { EmbeddedBroker } from '../../gateway/src/broker/embedded-broker.ts'
import { createConfig } from '../../gateway/src/config.ts'
import { createDirectory } from '../../gateway/src/db/directory.ts'
import { clientSessions } from '../../gateway/src/db/repositories/client-sessions.ts'
import { credentials } from '../../gateway/src/db/repositories/credentials.ts'
import { employees } from '../../gateway/src/db/repositories/employees.ts'
import { groups } from '../../gateway/src/db/repositories/groups.ts'
import { members } from '../../gateway/src/db/repositories/members.ts'
import { createPresence } from '../../gateway/src/delivery/presence.ts'
import { EmbeddedLink } from '../../gateway/src/link/embedded.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { openRig, type Rig } from '../../gateway/test/broker/sessions/rig.ts'
import { databases, type TestDatabase } from '../kit/databases.ts'
import { RawClient } from '../kit/raw-client.ts'
import { createTestClock } from '../kit/test-clock.ts'
import type { AccessBench, ConnectOptions } from './access.ts'
import { type LinkBench, topics } from './link.ts'

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
    leavesOut: true,
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
  const database: TestDatabase | undefined = await databases.find(({ name }) => name === 'pglite')?.open()
  if (database === undefined) throw new Error('There is no PGlite.')
  const db = database.kysely
  const clock = createTestClock()
  const config = createConfig()
  const directory = createDirectory(database)
  const keeper = createSessionKeeper(config, database, directory, clock, (error) => {
    throw error
  })
  const secrets = new Map<string, string>()
  const login = createLogin({
    authenticate: createAuthenticate(database, clock),
    directory,
    keeper,
    clock,
    onSurplus: (employeeId) => access.syncEmployees([employeeId]),
  })
  const rig = await EmbeddedRig.open((opened) => ({
    login,
    subject: (clientId, employeeId) => rightsSubject(directory, clientId, employeeId),
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
  const forget = (employeeId: string): void => {
    directory.employees.invalidate(employeeId)
    directory.groupsOf.invalidate(employeeId)
    directory.sessionsOf.invalidate(employeeId)
  }
  return {
    access,
    failStore: rig.failStore,
    async hire(employeeId) {
      const secret = randomBytes(32).toString('base64url')
      secrets.set(employeeId, secret)
      const position = { department_id: null, manager_id: null, is_ai_agent: false, agent_profile: null }
      const now = clock.date()
      await employees.insert(db, { employee_id: employeeId, name: employeeId, ...position, skills_badge: [], now })
      const credential = { credential_id: `cred_${employeeId}`, employee_id: employeeId, client_id: null }
      await credentials.insert(db, { ...credential, kind: 'token', secret_hash: hashToken(secret), now })
    },
    async found(group_id) {
      const creator_employee_id = secrets.keys().next().value ?? ''
      const looks = { name: group_id, description: null, avatar: null }
      await groups.insert(db, { group_id, ...looks, creator_employee_id, now: clock.date() })
    },
    async join(groupId, employeeId) {
      await members.add(db, groupId, [{ employee_id: employeeId, role: 'member' }], clock.date())
      directory.groups.invalidate(groupId)
      forget(employeeId)
    },
    async leave(groupId, employeeId) {
      await members.remove(db, groupId, [employeeId])
      directory.groups.invalidate(groupId)
      forget(employeeId)
    },
    async appoint(employeeId, role) {
      await employees.replaceRoles(db, employeeId, role === undefined ? [] : [{ role }])
      forget(employeeId)
    },
    async disable(employeeId) {
      const live = (await clientSessions.liveOf(db, employeeId)).map((session) => session.client_id)
      await employees.update(db, employeeId, { status: 'disabled' }, clock.date())
      await clientSessions.end(db, live, 'disabled', clock.date())
      await credentials.revokeAllOf(db, employeeId, clock.date())
      for (const clientId of live) directory.sessions.invalidate(clientId)
      forget(employeeId)
    },
    async endSession(clientId) {
      await clientSessions.end(db, [clientId], 'revoked', clock.date())
      directory.sessions.invalidate(clientId)
      forget(ownerOf(clientId))
    },
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
      await database[Symbol.asyncDispose]()
    },
  }
}
