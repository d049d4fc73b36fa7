import { createCipheriv, createDecipheriv } from 'node:crypto'
import { type Keys, perGeneration, tagged, untagged } from './keys.ts'
import { newSalt } from './random.ts'

/**
 * Keeps a secret where others may read: AES-256-GCM (NIST SP 800-38D) under a key of the deployment, for one purpose and
 * place (`bound`), so that what was sealed for one row cannot be put into another.
 */
export interface Sealing {
  seal(text: string, bound: string): string
  /** @throws Error when it was sealed with another key, for something else, or changed */
  open(sealed: string, bound: string): string
}

const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals with the keys of the current generation, and opens what was sealed with any. */
export const createSealing = (keys: Keys): Sealing => {
  const sealingOf = perGeneration(keys, (set) => sealingWith(set.sealing))
  return {
    seal(text, bound) {
      const { generation } = keys.current
      return tagged(generation, sealingOf(generation).seal(text, bound))
    },
    open(sealed, bound) {
      const { generation, text } = untagged(sealed)
      return sealingOf(generation).open(text, bound)
    },
  }
}

/** @param key 32 bytes */
export const sealingWith = (key: Buffer): Sealing => ({
  seal(text, bound) {
    const nonce = newSalt(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${VERSION}.${sealed.toString('base64url')}`
  },
  open(sealed, bound) {
    const [version, text = ''] = sealed.split('.')
    if (version !== VERSION) throw new Error('sealed in a way that this release does not know')
    const bytes = Buffer.from(text, 'base64url')
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const tag = bytes.subarray(-TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound)).setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
  },
})
