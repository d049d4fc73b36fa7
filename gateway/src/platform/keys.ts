import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeSecret, SECRET_BYTES } from '../config/secret.ts'
import type { Config } from '../config.ts'
import { codeOf, createPrivateFile, explain, makePrivateDirectory } from './private-file.ts'
import { UserError } from './user-error.ts'

/** Every key of a deployment. All derive from one secret, so gateways that share it agree. */
export interface Keys {
  /** 32 bytes: encrypts what the embedded broker keeps on disk. */
  readonly journal: Buffer
  /** 32 bytes: message ids (contract 4.2). */
  readonly messageIds: Buffer
  /** 32 bytes: proofs of delivered messages (contract 4.1). */
  readonly proofs: Buffer
  /** 32 bytes: the tokens that clients connect with. */
  readonly credentials: Buffer
  /** 32 bytes: seals the rows of the audit log. */
  readonly audit: Buffer
  /** 32 bytes: the codes that are delivered to other devices. */
  readonly challenges: Buffer
  /** 32 bytes: hashes of recovery codes. */
  readonly recoveryCodes: Buffer
  /** 32 bytes: encrypts secrets in the database. */
  readonly sealing: Buffer
  /** 32 bytes: the credentials that gateways test a broker with. */
  readonly probes: Buffer
  /** Says which secret it is without telling it: gateways of one deployment compare it. */
  readonly fingerprint: string
  /** Ed25519: what the gateway states to third parties, checked with `/.well-known/jwks.json`. */
  readonly signing: SigningKey
}

export interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicJwk: JsonWebKey
  /** The key's thumbprint (RFC 7638). */
  readonly kid: string
}

/** @throws UserError when the secret can neither be read nor made */
export const loadKeys = async (config: Pick<Config, 'secret' | 'dataDir'>): Promise<Keys> => {
  const configured = config.secret === undefined ? undefined : decodeSecret(config.secret)
  return deriveKeys(configured ?? (await loadSecretFile(config.dataDir)))
}

export const secretFile = (dataDir: string): string => join(dataDir, 'secret.key')

/** The secret in the data directory; made on the first start. */
const loadSecretFile = async (dataDir: string): Promise<Buffer> => {
  const file = secretFile(dataDir)
  const existing = await readSecret(file)
  if (existing !== undefined) return existing
  await makePrivateDirectory(dataDir)
  // Two processes may get here at once: one creates the file, both read the same secret back.
  await createPrivateFile(file, `${randomBytes(SECRET_BYTES).toString('base64')}\n`)
  const created = await readSecret(file)
  if (created === undefined) throw new UserError(`The deployment secret ${file} vanished while it was being made.`)
  return created
}

const readSecret = async (file: string): Promise<Buffer | undefined> => {
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
  return secret
}

/** What a key is for is part of its derivation, so that no two purposes share one. */
const derive = (secret: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'mchat deployment key v1', purpose, 32))

export const deriveKeys = (secret: Buffer): Keys => ({
  journal: derive(secret, 'journal'),
  messageIds: derive(secret, 'message ids'),
  proofs: derive(secret, 'proofs'),
  credentials: derive(secret, 'credentials'),
  audit: derive(secret, 'audit log'),
  challenges: derive(secret, 'challenges'),
  recoveryCodes: derive(secret, 'recovery codes'),
  sealing: derive(secret, 'sealed secrets'),
  probes: derive(secret, 'broker probes'),
  fingerprint: derive(secret, 'fingerprint').toString('hex').slice(0, 32),
  signing: signingKey(derive(secret, 'signing')),
})

/** The fixed start of an Ed25519 private key in PKCS #8 (RFC 8410); the seed follows. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

const signingKey = (seed: Buffer): SigningKey => {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  const { crv, kty, x } = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')
  return { privateKey, publicJwk: { crv, kty, x, kid, use: 'sig', alg: 'EdDSA' } as JsonWebKey, kid }
}
