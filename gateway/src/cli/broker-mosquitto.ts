import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createTopics } from '@mchat/schema'
import { readOrganisation } from '../access/mosquitto/bootstrap.ts'
import {
  DYNSEC_PLUGIN,
  GATEWAY_ROLE,
  gatewayRole,
  type MosquittoOptions,
  renderDynsec,
  renderMosquittoConfiguration,
} from '../access/mosquitto/configuration.ts'
import { createTokens } from '../access/tokens.ts'
import { isLoopback } from '../config/hosts.ts'
import type { Config } from '../config.ts'
import { openDatabase } from '../db/database.ts'
import { prepareSchema } from '../db/prepare-schema.ts'
import { requireKeys } from '../keyring/open-keys.ts'
import { silentLog } from '../ops/log.ts'
import { loadSecret } from '../platform/deployment-secret.ts'
import { explain, replacePrivateFile } from '../platform/private-file.ts'
import { newSecret } from '../platform/random.ts'
import { UserError } from '../platform/user-error.ts'
import { say } from './say.ts'

export interface MosquittoInitOptions {
  readonly directory: string
  readonly address?: string
  readonly port: string
  readonly webSocketPort?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly user?: string
  readonly plugin?: string
  /** Everybody of the configured PostgreSQL database is let in from the start. */
  readonly withOrganisation?: true
}

/** Writes everything a Mosquitto needs to be MChat's broker, and what the gateways need to know of it. */
export const initMosquitto = async (config: Config, options: MosquittoInitOptions): Promise<void> => {
  const directory = resolve(options.directory)
  const written = describe(directory, options)
  const { address = '', tls } = written
  const isOpen = tls === undefined && !isLoopback(address)
  if (isOpen && !config.insecure) {
    throw new UserError(
      `--address is ${address}, so passwords and messages would cross the network unencrypted: give --cert-file and --key-file, or set MCHAT_INSECURE=1 if something else encrypts.`,
    )
  }
  if (await exists(join(directory, 'dynsec.json'))) {
    throw new UserError(
      `${join(directory, 'dynsec.json')} is there already, with the users of a broker; give another --directory, or move it away.`,
    )
  }
  const { clients, roles } = options.withOrganisation ? await readEverybody(config) : { clients: [], roles: [] }
  await makeDirectory(directory)
  const topics = createTopics(config.serviceId)
  const password = newSecret()
  const gateway = { username: config.broker.username, password, roles: [GATEWAY_ROLE] }

  await replacePrivateFile(
    join(directory, 'dynsec.json'),
    renderDynsec([gateway, ...clients], [gatewayRole(topics), ...roles]),
  )
  const configurationFile = join(directory, 'mosquitto.conf')
  await replacePrivateFile(configurationFile, renderMosquittoConfiguration(written))
  const environmentFile = join(directory, 'mchat.env')
  await replacePrivateFile(environmentFile, renderEnvironment(config, written, password))

  say(
    `${configurationFile} is a complete configuration; ${join(directory, 'dynsec.json')} lets in the gateways${
      clients.length === 0 ? '' : ` and ${clients.length} devices`
    }.`,
  )
  say(
    `${environmentFile} holds the settings of every gateway, a password among them; add MCHAT_DATABASE_URL and MCHAT_SECRET (openssl rand -base64 32).`,
  )
  if (isOpen) {
    say(`Warning: it listens on ${address} without TLS, so passwords and messages can be read on the way.`)
  }
  say(`The account that runs Mosquitto (${written.user ?? 'mosquitto'}) must own ${directory}.`)
  say(`Start it with: mosquitto -c ${configurationFile}`)
}

const describe = (directory: string, options: MosquittoInitOptions): MosquittoOptions => {
  const { address, certFile, keyFile, plugin = DYNSEC_PLUGIN, port, user, webSocketPort } = options
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UserError('--cert-file and --key-file belong together.')
  }
  return {
    directory,
    port: portOf(port, '--port'),
    plugin,
    ...(address === undefined && certFile !== undefined ? {} : { address: address ?? LOOPBACK }),
    ...(user === undefined ? {} : { user }),
    ...(webSocketPort === undefined ? {} : { webSocketPort: portOf(webSocketPort, '--web-socket-port') }),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : { tls: { certFile: resolve(certFile), keyFile: resolve(keyFile) } }),
  }
}

/** Unencrypted connections are for this machine unless somebody wants it otherwise. */
const LOOPBACK = '127.0.0.1'

const portOf = (text: string, option: string): number => {
  const port = Number(text)
  if (/^[0-9]{1,5}$/.test(text) && port > 0 && port < 65_536) return port
  throw new UserError(`${option} must be a port from 1 to 65535, but is ${text}.`)
}

const renderEnvironment = (
  config: Config,
  { address, port, tls, webSocketPort }: MosquittoOptions,
  password: string,
): string => {
  const host = address === undefined || address === '0.0.0.0' ? '127.0.0.1' : address
  return [
    'MCHAT_BROKER_KIND=mosquitto',
    `MCHAT_BROKER_URL=${tls === undefined ? 'mqtt' : 'mqtts'}://${host}:${port}`,
    `MCHAT_BROKER_USERNAME=${config.broker.username}`,
    `MCHAT_BROKER_PASSWORD=${password}`,
    ...(webSocketPort === undefined
      ? []
      : [`MCHAT_BROKER_WS_URL=${tls === undefined ? 'ws' : 'wss'}://${host}:${webSocketPort}/mqtt`]),
    '',
  ].join('\n')
}

const readEverybody = async (config: Config) => {
  if (config.databaseUrl === undefined) {
    throw new UserError('--with-organisation reads a PostgreSQL database; set MCHAT_DATABASE_URL.')
  }
  const database = await openDatabase({ url: config.databaseUrl, directory: config.dataDir, log: silentLog })
  try {
    await prepareSchema(database, { ownerUrl: config.databaseOwnerUrl, log: silentLog })
    const { tokenOf } = createTokens(await requireKeys(database, await loadSecret(config)))
    return await readOrganisation(database, createTopics(config.serviceId), tokenOf, config.groupDelivery)
  } finally {
    await database.close()
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const makeDirectory = async (directory: string): Promise<void> => {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new UserError(`${directory} cannot be made: ${explain(error)}.`, { cause: error })
  }
}
