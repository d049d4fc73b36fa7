import { signJws } from '../platform/jws.ts'
import type { Keys } from '../platform/keys.ts'

/** What is signed: enough to hold a message against it later, without the message itself. */
export interface Attestation {
  readonly requested_by: string
  readonly verified_at: string
  readonly messages: readonly {
    readonly msg_id: string
    readonly from_employee_id: string
    readonly to_employee_id?: string
    readonly group_id?: string
    readonly sent_at: string
    /** SHA-256 of the content's canonical JSON (RFC 8785), hex. */
    readonly content_sha256: string
  }[]
}

/** Signs with the deployment's current Ed25519 key, whose public half is in /.well-known/jwks.json. */
export type Attest = (attestation: Attestation) => Promise<string>

export const createAttest =
  (keys: Keys): Attest =>
  (attestation) =>
    signJws(attestation, 'mchat-attestation+jws', keys.current.signing)
