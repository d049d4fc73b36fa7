import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSecret, SECRET_BYTES } from '../config/secret.ts'
import type { Config } from '../config.ts'
import { derive } from './keys.ts'
import { codeOf, createPrivateFile, explain, makePrivateDirectory } from './private-file.ts'
import { newSalt } from './random.ts'
import { UserError } from './user-error.ts'

/** What opens the keys of a deployment. It seals nothing but them, so that it can be replaced. */
export interface DeploymentSecret {
  readonly bytes: Buffer
  /** Tells secrets apart without telling them; 32 hex digits. */
  readonly id: string
  /** 32 bytes: encrypts the roots of the keys in the database. */
  readonly wrapping: Buffer
  /** 32 bytes: what a program without the database tests a broker with. */
  readonly probes: Buffer
}

export const asSecret = (bytes: Buffer): DeploymentSecret => ({
  bytes,
  id: derive(bytes, 'fingerprint').toString('hex').slice(0, 32),
  wrapping: derive(bytes, 'wrapping'),
  probes: derive(bytes, 'broker probes'),
})

/** The configured secret, or the one in the data directory, which is made on the first start. @throws UserError */
export const loadSecret = async (config: Pick<Config, 'secret' | 'dataDir'>): Promise<DeploymentSecret> => {
  const configured = config.secret === undefined ? undefined : decodeSecret(config.secret)
  if (configured !== undefined) return asSecret(configured)
  const file = secretFile(config.dataDir)
  const existing = await readSecret(file)
  if (existing !== undefined) return existing
  await makePrivateDirectory(config.dataDir)
  return readOrMakeSecret(file)
}

export const secretFile = (dataDir: string): string => join(dataDir, 'secret.key')

/** Two processes may get here at once: one creates the file, both read the same secret back. @throws UserError */
export const readOrMakeSecret = async (file: string): Promise<DeploymentSecret> => {
  const existing = await readSecret(file)
  if (existing !== undefined) return existing
  await createPrivateFile(file, `${newSalt(SECRET_BYTES).toString('base64')}\n`)
  const created = await readSecret(file)
  if (created === undefined) throw new UserError(`The deployment secret ${file} vanished while it was being made.`)
  return created
}

/** undefined: there is no such file. @throws UserError when it cannot be read, or holds no secret */
export const readSecret = async (file: string): Promise<DeploymentSecret | undefined> => {
  let content: string
  try {
    content = await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new UserError(`The deployment secret ${file} cannot be read: ${explain(error)}.`, { cause: error })
  }
  const secret = decodeSecret(content.trim())
  if (secret === undefined || secret.length < SECRET_BYTES) {
    throw new UserError(
      `The deployment secret ${file} is damaged: it must hold at least ${SECRET_BYTES} bytes as base64 or hex; restore it from a backup, since undelivered messages and message ids depend on it.`,
    )
  }
  return asSecret(secret)
}
