// Generated from schema/ by sdk-ts/generate/main.ts. Do not edit; run `npm run generate -w @mchat/sdk`.

/** Limits of the contract that the client itself keeps to (contract sections 3 and 7). */
export const LIMITS = {
  /** Largest request payload, in bytes of UTF-8. */
  requestBytes: 65536,
  /** Most entries a list answers with at once. */
  pageSize: 200,
} as const

/** Actions that are published at QoS 0 and get no answer. */
export const UNANSWERED: readonly string[] = ['msg.typing']
