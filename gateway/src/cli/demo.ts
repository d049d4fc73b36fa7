import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type ClientOptions, createClient, type MChatClient, type MqttConnection, NotConnectedError } from '@mchat/sdk'
import type { Config } from '../config.ts'
import { type FirstAdminFile, firstAdminPath, readFirstAdmin } from '../first-admin.ts'
import { codeOf, explain, replacePrivateFile } from '../platform/private-file.ts'
import { UserError } from '../platform/user-error.ts'
import { startEchoAgent } from './demo/echo-agent.ts'
import { AGENT, GROUPS } from './demo/organisation.ts'
import { showPicture } from './demo/picture.ts'
import { type DemoPerson, populate, renew } from './demo/populate.ts'
import { startStoryAgent } from './demo/story-agent.ts'
import { employStoryteller, HOW_TO_ALLOW, tellStory } from './demo/tell-story.ts'
import { say } from './say.ts'

/** Fills a running MChat and is its agents until a signal comes. */
export const demo = async (config: Config): Promise<void> => {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop())

  const options = await clientOptions(config)
  const first = await firstAdminOf(config)
  const admin = await connectAdmin(config, first, options)
  const path = join(config.dataDir, 'demo-people.json')
  const file = new PeopleFile(path, await readPeople(path), first.mqtt_connection)
  const agents = await arrange(admin, file, options).finally(async () => {
    // With a session left open, the administrator's second factor would be asked of a device that shows it to nobody.
    await admin.auth.logout().catch(() => undefined)
    await admin.close()
  })
  say(`${AGENT.employee_id} answers private messages, and in groups those that mention it. Ctrl-C ends it.`)
  await stopped
  await Promise.all(agents.map((agent) => agent.close()))
}

/** Makes what is missing, and shows what it can do. @returns the agents, which answer from now on */
const arrange = async (admin: MChatClient, file: PeopleFile, options: ClientOptions) => {
  const { people, agent } = await populate(admin, file.people, (person) => file.keep(person))
  const echo = await startAgent(admin, agent, options, file)
  const story = await startStoryAgent()
  const mayCall = await employStoryteller(admin, story)

  say(`The demo organisation is there: ${people.length} people, ${GROUPS.length} groups and the agent ${agent.name}.`)
  say(`How to connect as each of them: ${file.path}`)
  await showPicture(admin)
  if (mayCall) await tellStory(admin)
  else say(HOW_TO_ALLOW)
  return [echo, story]
}

/** A password kept by an earlier run may have been replaced since. */
const startAgent = async (
  admin: MChatClient,
  agent: DemoPerson,
  options: ClientOptions,
  file: PeopleFile,
): Promise<MChatClient> => {
  try {
    return await startEchoAgent(agent, options)
  } catch (error) {
    if (!isRefused(error)) throw error
    const renewed = await renew(admin, agent)
    await file.keep(renewed)
    return startEchoAgent(renewed, options)
  }
}

/** The administrator has an authenticator, or another device that shows the code. */
const askForCode = async (action: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  return await terminal.question(`${action} needs the code of your second factor: `).finally(() => terminal.close())
}

const clientOptions = async (config: Config): Promise<ClientOptions> => {
  const base = { device: 'demo', deviceInfo: 'mchat demo' }
  const authority = config.broker.kind === 'embedded' ? config.tls?.certFile : config.broker.caFile
  return authority === undefined ? base : { ...base, tls: { ca: await readFile(authority, 'utf8') } }
}

const firstAdminOf = async (config: Config): Promise<FirstAdminFile> => {
  const path = firstAdminPath(config.dataDir)
  const file = await readFirstAdmin(path)
  if (file === undefined) {
    throw new UserError(`${path} is not there; start MChat with the same MCHAT_DATA_DIR first.`)
  }
  if (file.mqtt_connection.mqtt_password === undefined) {
    throw new UserError(`${path} has no password in it; "mchat admin reset" without --password-stdin makes one.`)
  }
  return file
}

const connectAdmin = async (config: Config, file: FirstAdminFile, options: ClientOptions): Promise<MChatClient> => {
  const codes = new Map<string, string>()
  const client = createClient(file, {
    ...options,
    clientId: `${file.employee_id}_demo_1`,
    presence: false,
    timing: { openMs: 5000 },
    confirm: ({ action, challenge_id }) => codes.get(challenge_id) ?? askForCode(action),
  })
  // Where the administrator has no other device, the code comes here.
  client.on('challenge', ({ challenge_id, code }) => codes.set(challenge_id, code))
  try {
    await client.open()
    return client
  } catch (error) {
    await client.close()
    throw unreachable(error, firstAdminPath(config.dataDir), file)
  }
}

const unreachable = (error: unknown, path: string, { mqtt_connection: at }: FirstAdminFile): unknown => {
  if (!(error instanceof NotConnectedError)) return error
  if (isRefused(error)) {
    return new UserError(
      `MChat does not accept the credentials in ${path}; stop it and run "mchat admin reset" for new ones.`,
      { cause: error },
    )
  }
  return new UserError(
    `No MChat answers at ${at.broker_host}:${at.broker_port}; start it first, in another terminal, with "npm start".`,
    { cause: error },
  )
}

/** The broker's answer to wrong credentials (MQTT 3.1.1, 3.2.2.3). */
const isRefused = (error: unknown): boolean =>
  error instanceof NotConnectedError && (error.returnCode === 4 || error.returnCode === 5)

/** `demo-people.json`: everybody of the demo with their passwords and the address of today. */
class PeopleFile {
  readonly people: Map<string, DemoPerson>
  readonly path: string

  constructor(path: string, people: readonly DemoPerson[], address: MqttConnection) {
    this.path = path
    this.people = new Map(people.map((person) => [person.employee_id, withAddress(person, address)]))
  }

  async keep(person: DemoPerson): Promise<void> {
    this.people.set(person.employee_id, person)
    await replacePrivateFile(this.path, `${JSON.stringify({ people: [...this.people.values()] }, undefined, 2)}\n`)
  }
}

/** @param current of somebody else: everything but who that is */
const withAddress = ({ mqtt_connection, ...person }: DemoPerson, current: MqttConnection): DemoPerson => {
  const { client_id: _theirs, mqtt_password: _secret, ...address } = current
  const { client_id, mqtt_password, mqtt_username } = mqtt_connection
  const device = client_id === undefined ? {} : { client_id }
  const secret = mqtt_password === undefined ? {} : { mqtt_password }
  return { ...person, mqtt_connection: { ...address, ...device, mqtt_username, ...secret } }
}

/** Somebody may have edited or removed it; whoever is not in it gets new credentials. */
const readPeople = async (path: string): Promise<DemoPerson[]> => {
  try {
    const { people } = JSON.parse(await readFile(path, 'utf8')) as { readonly people?: readonly DemoPerson[] }
    return (people ?? []).filter((person) => typeof person.mqtt_connection?.mqtt_password === 'string')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return []
    throw new UserError(`${path} cannot be read: ${explain(error)}.`, { cause: error })
  }
}
