import { canonicalJson } from '../delivery/canonical-json.ts'
import { createTextHmac } from '../delivery/hmac.ts'
import type { Keys } from '../platform/keys.ts'

/**
 * The uuid of the file that a request announces: the same whenever, and to whichever gateway, it is sent again, another for
 * another payload, and for everybody without the deployment's keys as good as drawn.
 */
export type FileUuids = (clientId: string, seqId: string, payload: unknown) => string

/** As with message ids, with the oldest keys for ever: nobody knows with which a request was answered before. */
export const createFileUuids = (keys: Keys): FileUuids => {
  const [oldest = keys.current] = keys.all
  const mac = createTextHmac(oldest.fileKeys)
  // Neither id contains a slash.
  return (clientId, seqId, payload) => uuidOf(mac(`${clientId}/${seqId}/${canonicalJson(payload)}`, 'hex'))
}

/** Version 8 of RFC 9562: 122 bits of one's own making. */
const uuidOf = (hex: string): string => {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}
