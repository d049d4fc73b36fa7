/**
 * The only source of time. Tests pass a clock of their own; nothing else in gateway/src may call Date or performance.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump when the machine's clock is set. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes backwards. For timers, limits and durations. */
  monotonic(): number
  /** ISO 8601, UTC, milliseconds; never goes backwards within this process (contract 4.1). */
  timestamp(): string
  date(): Date
}

export const systemClock = (): Clock => {
  let last = 0
  let text = ''
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    timestamp() {
      const now = Date.now()
      // Formatting costs ten times the look at the clock, and a busy millisecond has many messages.
      if (now > last) {
        last = now
        text = new Date(now).toISOString()
      }
      return text
    },
    date: () => new Date(),
  }
}

/**
 * The time of somebody else's clock, which is ahead of this one by `ahead()` milliseconds. Where that shrinks, `timestamp`
 * stands still for as long.
 */
export const clockAhead = (clock: Clock, ahead: () => number): Clock => {
  let last = 0
  let text = ''
  const now = (): number => Math.round(clock.now() + ahead())
  return {
    now,
    monotonic: () => clock.monotonic(),
    timestamp() {
      const moment = now()
      if (moment > last) {
        last = moment
        text = new Date(moment).toISOString()
      }
      return text
    },
    date: () => new Date(now()),
  }
}
