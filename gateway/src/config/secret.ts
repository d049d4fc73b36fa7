/** Fewest bytes of a deployment secret. */
export const SECRET_BYTES = 32

/** The bytes of a secret written as hex, base64 or base64url; undefined when it is none of them. */
export const decodeSecret = (written: string): Buffer | undefined => {
  if (/^([0-9a-f]{2})+$/i.test(written)) return Buffer.from(written, 'hex')
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(written)) return Buffer.from(written, 'base64')
  return undefined
}
