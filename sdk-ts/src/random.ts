const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * 130 random bits as 26 characters of lower-case base32, without underscores, so that it can stand in a client_id and
 * as a seq_id. Not `crypto.randomUUID`, which browsers offer on HTTPS pages only.
 */
export const randomId = (): string => {
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(26))) id += ALPHABET[byte & 31]
  return id
}

/** A random integer from 0 to 2^48 - 1. */
export const randomBase = (): number => {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2))
  return (high & 0xffff) * 0x1_0000_0000 + low
}
