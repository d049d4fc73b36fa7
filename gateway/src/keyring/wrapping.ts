import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import { newSalt } from '../platform/random.ts'
import { sealingWith } from '../platform/sealing.ts'

/** What all keys of a generation derive from (platform/keys.ts). */
export interface Root {
  readonly generation: number
  readonly origin: 'random' | 'secret'
  readonly bytes: Buffer
}

const ROOT_BYTES = 32

export const newRoot = (generation: number): Root => ({ generation, origin: 'random', bytes: newSalt(ROOT_BYTES) })

const placeOf = (generation: number): string => `root of generation ${generation}`

/** As it may stand in the database: nothing but the secret opens it. */
export const wrapRoot = (secret: DeploymentSecret, { bytes, generation, origin }: Root) => ({
  generation,
  origin,
  secret_id: secret.id,
  wrapped: sealingWith(secret.wrapping).seal(bytes.toString('base64'), placeOf(generation)),
})

/** @throws Error when it is not what was wrapped */
export const unwrapRoot = (
  secret: DeploymentSecret,
  row: { readonly generation: number; readonly origin: 'random' | 'secret'; readonly wrapped: string },
): Root => ({
  generation: row.generation,
  origin: row.origin,
  bytes: Buffer.from(sealingWith(secret.wrapping).open(row.wrapped, placeOf(row.generation)), 'base64'),
})
