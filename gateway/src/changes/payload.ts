import { type Changes, LIMITS } from '@mchat/schema'

/** What an event has beside its changes, generously. */
const ENVELOPE_BYTES = 256

/**
 * A `Changes` event of as many as fit, the first ones; those that do not are counted with what was dropped before.
 * @param changes each as JSON
 */
export const changesPayload = (changes: readonly string[], dropped: number, sentAt: string): Buffer => {
  let bytes = ENVELOPE_BYTES
  let told = 0
  for (const json of changes) {
    bytes += Buffer.byteLength(json) + 1
    if (told >= LIMITS.changesPerEvent || bytes > LIMITS.changesBytes) break
    told++
  }
  const lost = dropped + changes.length - told
  const rest = { ...(lost === 0 ? {} : { dropped: lost }), sent_at: sentAt } satisfies Partial<Changes>
  return Buffer.from(
    `{"type":"changes","changes":[${changes.slice(0, told).join(',')}],${JSON.stringify(rest).slice(1)}`,
  )
}
