import type { IntakeSession } from './intake.ts'

/**
 * From which MQTT sessions a gateway takes requests, and what becomes of those whose gateway is gone: no two brokers
 * treat the unanswered requests of a dead member of a shared subscription alike.
 */
export interface IntakePolicy {
  /** The sessions of this gateway, which no other uses until they are given back or the gateway counts as dead. */
  take(): Promise<readonly IntakeSession[]>
  /** May this gateway use the session at this moment? Asked before every connection. */
  mayConnect(session: IntakeSession): boolean
  /** Is the session still its own? Asked when it was without the right to use it for a while. */
  isOwn(session: IntakeSession): Promise<boolean>
  /** The session is subscribed: others may leave theirs. */
  takes(session: IntakeSession): Promise<void>
  /**
   * Would requests that come from now on find another gateway? Then nobody counts on this session any more. Otherwise one
   * that is kept goes on collecting them while this gateway is away.
   */
  mayLeave(session: IntakeSession): Promise<boolean>
  /** The session is empty and ended; its name is free. */
  giveBack(session: IntakeSession): Promise<void>
  /** A session that a dead gateway has left behind, which is this gateway's to empty now. */
  takeAbandoned(): Promise<IntakeSession | undefined>
}

const noOthers = {
  mayConnect: () => true,
  isOwn: async () => true,
  takes: async () => undefined,
  giveBack: async () => undefined,
  takeAbandoned: async () => undefined,
}

/**
 * For brokers that hand the unanswered requests of a lost connection to the other gateways (EMQX), and for a gateway that
 * is alone: sessions of its own that end with the connection.
 * @param clientIds that no other process ever has; several where a broker limits what one connection may carry
 */
export const ephemeralSessions = (...clientIds: readonly string[]): IntakePolicy => ({
  ...noOthers,
  take: async () => clientIds.map((clientId) => ({ clientId, clean: true })),
  mayLeave: async () => true,
})

/** For a broker that keeps what a lone gateway has not answered until it is back. */
export const fixedSession = (clientId: string): IntakePolicy => ({
  ...noOthers,
  take: async () => [{ clientId, clean: false, sessionExpirySeconds: SESSION_EXPIRY_SECONDS }],
  mayLeave: async () => false,
})

/** A day: longer than anybody leaves a gateway down without noticing. */
export const SESSION_EXPIRY_SECONDS = 86_400
