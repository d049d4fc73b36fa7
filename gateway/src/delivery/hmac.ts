import { hash } from 'node:crypto'

/**
 * HMAC-SHA256 (RFC 2104) of a text, as text.
 *
 * `createHmac` allocates a native object for every call and is about ten times slower than two calls of the one-shot
 * `hash`; four of them for each message would cost more than all other work on it.
 * @param key at most 64 bytes
 * @returns a function that gives the digest in the encoding asked for
 */
export const createTextHmac = (key: Uint8Array): ((text: string, encoding: 'hex' | 'base64url') => string) => {
  if (key.length > 64) throw new RangeError('an HMAC key of more than 64 bytes has to be hashed first')
  const innerPad = Buffer.alloc(64, 0x36)
  const outer = Buffer.alloc(96, 0x5c)
  for (const [i, byte] of key.entries()) {
    innerPad[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  let inner = Buffer.alloc(1024)
  innerPad.copy(inner)
  return (text, encoding) => {
    // A UTF-16 unit becomes at most three bytes.
    if (inner.length < 64 + text.length * 3) {
      inner = Buffer.alloc(64 + text.length * 4)
      innerPad.copy(inner)
    }
    const end = 64 + inner.write(text, 64, 'utf8')
    // As latin1, a character a byte: half as long as hex, and cheaper than a buffer of its own.
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), 64, 'latin1')
    return hash('sha256', outer, encoding)
  }
}
