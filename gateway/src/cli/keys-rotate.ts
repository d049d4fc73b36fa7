import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SETTINGS } from '../config/settings.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { deploymentKeys } from '../db/repositories/deployment-keys.ts'
import { abandonKeys } from '../keyring/abandon-keys.ts'
import { beginRotation } from '../keyring/begin-rotation.ts'
import { finishRotation } from '../keyring/finish-rotation.ts'
import { openKeys } from '../keyring/open-keys.ts'
import { sealAnew } from '../keyring/seal-anew.ts'
import {
  type DeploymentSecret,
  loadSecret,
  readOrMakeSecret,
  readSecret,
  secretFile,
} from '../platform/deployment-secret.ts'
import type { Keyring } from '../platform/keys.ts'
import { movePrivateFile } from '../platform/private-file.ts'
import { UserError } from '../platform/user-error.ts'
import { lockDataDirectory } from './data-directory.ts'
import { EXIT } from './exit-codes.ts'
import { shortId } from './keys-list.ts'
import { openDeployment } from './open-deployment.ts'
import { requireSecret } from './require-secret.ts'
import { say } from './say.ts'

export interface RotateOptions {
  readonly newSecretFile?: string
  readonly oldSecretLost?: true
}

/** What the audit log calls this program. */
const INSTANCE = 'mchat keys rotate'

/**
 * Replaces the deployment secret. Each step leaves something that starts, whatever happens to this process: first the new
 * secret opens the keys as well, then it takes the place of the old one, and when nobody has that any more it opens nothing.
 * Done again it goes on where it was.
 */
export const rotateKeys = async (config: Config, options: RotateOptions): Promise<void> => {
  if (options.oldSecretLost) return await abandon(config)
  await using stack = new AsyncDisposableStack()
  const isOwnFile = config.secret === undefined && options.newSecretFile === undefined
  if (isOwnFile && config.databaseUrl !== undefined) {
    // Of PGlite it is locked with the database. Whoever runs here would not notice that its secret is another one now.
    const lock = await lockDataDirectory(config.dataDir, () => process.exit(EXIT.userError))
    stack.defer(() => lock.release())
  }
  const { database } = stack.use(await openDeployment(config, 'gateways'))
  const secret = await requireSecret(config)
  const keys = await openKeys(database, secret)
  const next = await deploymentKeys.note(database.kysely, 'next')
  if (next === secret.id) return await finish(database, secret, keys)
  if (await finishedSealing(database, keys)) return

  const { apply, replacement } = isOwnFile
    ? await draw(secretFile(config.dataDir), secret)
    : await given(options.newSecretFile, secret)
  await beginRotation(database, secret, replacement)
  await apply()
  return await finish(database, replacement, await openKeys(database, replacement))
}

interface Replacement {
  readonly replacement: DeploymentSecret
  /** Once it opens the keys. */
  apply(): Promise<void>
}

/** It is on the disk before it opens anything, and takes the place of the old one in one step. */
const draw = async (file: string, secret: DeploymentSecret): Promise<Replacement> => {
  const fresh = `${file}.new`
  if ((await readSecret(fresh))?.id === secret.id) await rm(fresh)
  return { replacement: await readOrMakeSecret(fresh), apply: () => movePrivateFile(fresh, file) }
}

const given = async (path: string | undefined, secret: DeploymentSecret): Promise<Replacement> => {
  if (path === undefined) {
    throw new UserError(
      'MCHAT_SECRET is set, so give the new secret with --new-secret-file <path>; the file is made when it is missing.',
    )
  }
  const file = resolve(path)
  const replacement = await readOrMakeSecret(file)
  const refused = SETTINGS.secret.kind.refuse?.(replacement.bytes.toString('base64'))
  if (refused !== undefined) throw new UserError(`The secret in ${file} ${refused}.`)
  if (replacement.id === secret.id) throw new UserError(`The secret in ${file} is the one that is in use.`)
  return { replacement, apply: async () => undefined }
}

const finish = async (database: Database, secret: DeploymentSecret, keys: Keyring): Promise<void> => {
  const state = await finishRotation({ database, secret, keys, instance: INSTANCE })
  if (typeof state === 'object') {
    const gateways = state.waitsFor.length === 1 ? 'One gateway has' : `${state.waitsFor.length} gateways have`
    say(
      `The secret ${shortId(secret)} opens the keys now, and so does the old one: ${gateways} not been started with it.`,
    )
    say(`Give every gateway the new one and start it again: ${state.waitsFor.join(', ')}.`)
    say('The last one finishes the rotation; "mchat keys list" says when. Until then keep both secrets.')
    return
  }
  await seal(database, keys)
  say(`The secret ${shortId(secret)} opens the keys now, and the old one nothing any more.`)
  say('Keep a copy of it in a safe place. A backup from before needs the old one: make a new backup.')
}

/** A rotation that was ended before everything was sealed anew is finished, and no other one begun. */
const finishedSealing = async (database: Database, keys: Keyring): Promise<boolean> => {
  const sealed = keys.current.generation > 1 && (await seal(database, keys))
  if (sealed) say('The rotation before is finished. Say "mchat keys rotate" again to rotate once more.')
  return sealed
}

const seal = async (database: Database, keys: Keyring): Promise<boolean> => {
  const sealed = await sealAnew(database, keys)
  const { agentSecrets, authenticators, recoveryCodes, unreadable, unreadableAgents } = sealed
  for (const employeeId of unreadable) {
    say(`Warning: the authenticator of ${employeeId} cannot be opened; "mchat admin reset" removes it.`)
  }
  for (const agentId of unreadableAgents) {
    say(`Warning: a secret of the agent ${agentId} cannot be opened; "agent.set_secret" replaces it.`)
  }
  if (authenticators + recoveryCodes + agentSecrets === 0) return false
  say(
    `Sealed anew: ${authenticators} authenticators, ${recoveryCodes} recovery codes and ${agentSecrets} secrets of agents.`,
  )
  return true
}

const abandon = async (config: Config): Promise<void> => {
  await using stopped = await openDeployment(config, 'alone')
  const secret = await loadSecret(config)
  const slots = await deploymentKeys.all(stopped.database.kysely)
  if (slots.some((slot) => slot.secret_id === secret.id)) {
    throw new UserError('The secret opens the keys, so it is not lost: leave --old-secret-lost out.')
  }
  const removed = await abandonKeys(stopped.database, secret, INSTANCE)
  say(`The deployment has new keys, which the secret ${shortId(secret)} opens.`)
  say(`Removed: ${removed.authenticators} authenticators and ${removed.agentSecrets} secrets of agents.`)
  say('What docs/keys.md lists under a lost secret cannot be verified any more.')
}
