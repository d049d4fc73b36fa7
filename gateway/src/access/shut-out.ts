/** The times that decide whether a credential still opens a client_id. */
export interface CredentialTimes {
  readonly created_at: Date
  readonly revoked_at: Date | null
}
export interface SessionEnd {
  readonly end_reason: string | null
  readonly ended_at: Date | null
}

/**
 * Whether a credential no longer opens a client_id: it was revoked, or the session of that client_id was, after the
 * credential was made. Revoking a session shuts out what it was opened with, but not what is made later.
 */
export const isShutOut = (credential: CredentialTimes, session: SessionEnd | undefined): boolean => {
  if (credential.revoked_at !== null) return true
  const revokedAt = session?.end_reason === 'revoked' ? session.ended_at : null
  return revokedAt !== null && credential.created_at.getTime() < revokedAt.getTime()
}
