import { CompactSign } from 'jose'
import type { SigningKey } from './keys.ts'

/** A JWS (RFC 7515, compact) over JSON by the deployment's Ed25519 key, whose public half is in /.well-known/jwks.json. */
export const signJws = (
  claims: object,
  typ: string,
  { kid, privateKey }: Pick<SigningKey, 'kid' | 'privateKey'>,
): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg: 'EdDSA', kid, typ }).sign(privateKey)
