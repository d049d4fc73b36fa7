import { createHash, createHmac } from 'node:crypto'
import type { Keys } from '../platform/keys.ts'

/** How a token is stored: it has 256 bits nobody can guess, so a plain hash tells nothing and costs nothing. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** What `TokenOf` makes: 256 bits as base64url. */
export const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/

/**
 * The secret of a generated credential. It is derived from the id under the deployment's secret and kept nowhere: whoever
 * has the database cannot make one, and a broker that has lost its list of clients can be given it again.
 * @param credentialId with 80 random bits (`newId`)
 */
export type TokenOf = (credentialId: string) => string

export const createTokenOf =
  (keys: Pick<Keys, 'credentials'>): TokenOf =>
  (credentialId) =>
    createHmac('sha256', keys.credentials).update(credentialId).digest('base64url')
