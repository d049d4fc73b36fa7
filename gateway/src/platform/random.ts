import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** A new id with a prefix, e.g. `emp_1f0c…`: 80 random bits in lower-case hex, safe as a topic level and in a client_id. */
export const newId = (prefix: string): string => `${prefix}_${randomBytes(10).toString('hex')}`

/** 256 random bits, base64url: a password between machines. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** For ids that have a form of their own. */
export const newHex = (bytes: number): string => randomBytes(bytes).toString('hex')

export const newSalt = (bytes: number): Buffer => randomBytes(bytes)

/** Marks what one answer may contain, and nobody can guess (CSP 3, 2.3.1). */
export const newNonce = (): string => randomBytes(16).toString('base64')

export const newUuid = (): string => randomUUID()

/** From 0 to below 1, for delays that should not coincide. */
export const randomFraction = (): number => randomInt(2 ** 32) / 2 ** 32

/** A new trace (W3C Trace Context, 3.2), sampled. */
export const newTraceParent = (): string => `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
