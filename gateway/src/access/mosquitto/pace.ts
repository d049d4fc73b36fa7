import type { Clock } from '../../platform/clock.ts'

/** How many commands that change something go into one request. */
export interface Pace {
  readonly atOnce: number
  /** Sends so many of them and learns from how long that takes. */
  time<T>(commands: number, send: () => Promise<T>): Promise<T>
}

/** A Mosquitto does all commands of a request before it serves anybody else. */
const LONG_MS = 100
const MOST = 64

/**
 * What a command takes grows with the number of users the broker has, from less than a millisecond to tenths of a second: no
 * number is right for all. Begins with few and takes more as long as they are done quickly.
 */
export const createPace = (clock: Pick<Clock, 'monotonic'>): Pace => {
  let atOnce = 4
  return {
    get atOnce() {
      return atOnce
    },
    async time(commands, send) {
      const from = clock.monotonic()
      try {
        return await send()
      } finally {
        const tookMs = clock.monotonic() - from
        if (tookMs > LONG_MS) atOnce = Math.max(1, Math.min(atOnce, Math.floor((commands * LONG_MS) / tookMs)))
        else if (commands * 2 > atOnce && tookMs < LONG_MS / 2) atOnce = Math.min(MOST, atOnce * 2)
      }
    },
  }
}
