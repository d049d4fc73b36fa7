import { createTextHmac } from '../delivery/hmac.ts'
import type { Clock } from '../platform/clock.ts'
import { type Keys, perGeneration, tagged, untagged } from '../platform/keys.ts'
import { isSameSecret } from '../platform/same-secret.ts'

/** An upload in parts, as the gateways know it: nothing of it is stored. */
export interface UploadInParts {
  readonly key: string
  /** Where the store puts it together. */
  readonly at: string
  /** The store's own name for it. */
  readonly uploadId: string
  readonly owner: string
  readonly size: number
  /** Until when it is not given up, in milliseconds. */
  readonly until: number
}

/** What clients name an upload in parts by. */
export interface UploadTokens {
  make(upload: UploadInParts): string
  /** undefined: it is none of ours, of another key or owner, or too old. */
  read(token: string, key: string, owner: string): UploadInParts | undefined
}

export const createUploadTokens = (keys: Keys, clock: Pick<Clock, 'now'>): UploadTokens => {
  const macOf = perGeneration(keys, (set) => createTextHmac(set.uploads))
  const sealed = (generation: number, text: string): string =>
    tagged(generation, `${text}.${macOf(generation)(text, 'base64url').slice(0, 32)}`)
  return {
    make: ({ at, key, owner, size, until, uploadId }) =>
      sealed(keys.current.generation, encode([key, at, uploadId, owner, size, until])),
    read(token, key, owner) {
      const { generation, text } = untagged(token)
      const [body = ''] = text.split('.')
      if (!keys.all.some((set) => set.generation === generation)) return undefined
      if (!isSameSecret(token, sealed(generation, body))) return undefined
      const [ofKey, at, uploadId, ofOwner, size, until] = decode(body)
      if (ofKey !== key || ofOwner !== owner || until <= clock.now()) return undefined
      return { key, at, uploadId, owner, size, until }
    },
  }
}

type Fields = readonly [key: string, at: string, uploadId: string, owner: string, size: number, until: number]
const encode = (fields: Fields): string => Buffer.from(JSON.stringify(fields)).toString('base64url')
const decode = (text: string): Fields => JSON.parse(Buffer.from(text, 'base64url').toString()) as Fields
