import { createHash, createPrivateKey, createPublicKey, hkdfSync, type JsonWebKey, type KeyObject } from 'node:crypto'

/** The keys of one generation: all derive from one random root, which is in the database, wrapped (keyring/open-keys.ts). */
export interface KeySet {
  /** Counts from 1. */
  readonly generation: number
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
  /** 32 bytes: the tokens that agents answer with over HTTP. */
  readonly agentReplies: Buffer
  /** 32 bytes: the secret key of the embedded object store. */
  readonly objects: Buffer
  /** 32 bytes: what uploads in parts are named by. */
  readonly uploads: Buffer
  /** 32 bytes: the uuid in the key of a file. */
  readonly fileKeys: Buffer
  /** Ed25519: what the gateway states to third parties, checked with `/.well-known/jwks.json`. */
  readonly signing: SigningKey
}

/**
 * Every key of a deployment; the same on all its gateways. A rotation of the deployment secret adds a generation. What was
 * made with an older one names it, or is tried with all, so it stays good.
 */
export interface Keys {
  /** What is made now is made with these. They change while the process runs, when a rotation is finished. */
  readonly current: KeySet
  /** Oldest first; one may be newer than the current one, until every gateway has it. */
  readonly all: readonly KeySet[]
  /** @throws Error when there is no such generation: it was made under a secret that is lost, or not here */
  of(generation: number): KeySet
}

export interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicJwk: JsonWebKey
  /** The key's thumbprint (RFC 7638). */
  readonly kid: string
}

/** Keys that can be renewed while the process runs. */
export interface Keyring extends Keys {
  replace(sets: readonly KeySet[], current: number): void
}

/** @param sets oldest first, not empty */
export const createKeyring = (sets: readonly KeySet[], current: number): Keyring => {
  let all = sets
  const of = (generation: number): KeySet => {
    const found = all.find((set) => set.generation === generation)
    if (found === undefined) throw new Error(`there are no keys of generation ${generation}`)
    return found
  }
  let made = of(current)
  return {
    get current() {
      return made
    },
    get all() {
      return all
    },
    of,
    replace(sets, current) {
      const found = sets.find((set) => set.generation === current)
      if (found === undefined) throw new Error(`there are no keys of generation ${current}`)
      all = sets
      made = found
    },
  }
}

/** The same keys, when another generation is the current one. */
export const withCurrent = (keys: Keys, generation: number): Keys => createKeyring(keys.all, generation)

/** What is made of the keys of a generation, made once. */
export const perGeneration = <T>(keys: Keys, make: (set: KeySet) => T): ((generation: number) => T) => {
  const made = new Map<number, T>()
  return (generation) => {
    const known = made.get(generation)
    if (known !== undefined) return known
    const fresh = make(keys.of(generation))
    made.set(generation, fresh)
    return fresh
  }
}

/**
 * `2.…`: which generation something was made with. The first writes nothing, since what was made before there were
 * generations is its own. The text has no `.` but behind a letter.
 */
export const tagged = (generation: number, text: string): string => (generation === 1 ? text : `${generation}.${text}`)

export const untagged = (text: string): { readonly generation: number; readonly text: string } => {
  const [, generation, rest] = /^([1-9][0-9]{0,8})\.(.*)$/s.exec(text) ?? []
  return generation === undefined || rest === undefined
    ? { generation: 1, text }
    : { generation: Number(generation), text: rest }
}

/** The same for what is the start of an id: `cred`, `cred2`. */
export const taggedPrefix = (generation: number, prefix: string): string =>
  generation === 1 ? prefix : `${prefix}${generation}`

export const generationOfId = (id: string): number => Number(/^[a-z]+([1-9][0-9]{0,8})_/.exec(id)?.[1] ?? 1)

/** What a key is for is part of its derivation, so that no two purposes share one. */
export const derive = (secret: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'mchat deployment key v1', purpose, 32))

/** @param secret the root of the generation, at least 32 bytes */
export const deriveKeys = (secret: Buffer, generation: number): KeySet => ({
  generation,
  journal: derive(secret, 'journal'),
  messageIds: derive(secret, 'message ids'),
  proofs: derive(secret, 'proofs'),
  credentials: derive(secret, 'credentials'),
  audit: derive(secret, 'audit log'),
  challenges: derive(secret, 'challenges'),
  recoveryCodes: derive(secret, 'recovery codes'),
  sealing: derive(secret, 'sealed secrets'),
  probes: derive(secret, 'broker probes'),
  agentReplies: derive(secret, 'agent replies'),
  objects: derive(secret, 'object store'),
  uploads: derive(secret, 'uploads'),
  fileKeys: derive(secret, 'file keys'),
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
