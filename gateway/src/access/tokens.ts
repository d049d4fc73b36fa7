import { createHash, createHmac } from 'node:crypto'
import { generationOfId, type Keys, taggedPrefix } from '../platform/keys.ts'
import { newId } from '../platform/random.ts'

/** How a token is stored: it has 256 bits nobody can guess, so a plain hash tells nothing and costs nothing. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** What `TokenOf` makes: 256 bits as base64url. */
export const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/

/**
 * Generated credentials. The secret of one is derived from its id, under keys of the deployment, and kept nowhere: whoever
 * has the database cannot make one, and a broker that has lost its list of clients can be given it again.
 */
export interface Tokens {
  /** With 80 random bits; names the generation of the keys, so that its token stays the same. */
  newCredentialId(): string
  tokenOf: TokenOf
}

export type TokenOf = (credentialId: string) => string

export const createTokens = (keys: Keys): Tokens => {
  const tokenOf: TokenOf = (credentialId) =>
    createHmac('sha256', keys.of(generationOfId(credentialId)).credentials)
      .update(credentialId)
      .digest('base64url')
  const newCredentialId = (): string => {
    const id = newId(taggedPrefix(keys.current.generation, 'cred'))
    // In a CSV what begins with `-` has an apostrophe before it, which whoever copies it from there takes along.
    return tokenOf(id).startsWith('-') ? newCredentialId() : id
  }
  return { newCredentialId, tokenOf }
}
