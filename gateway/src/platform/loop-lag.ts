import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How late the event loop runs: what everything in this process waits, whatever it does. */
export interface LoopLag {
  /** The longest delay since the last call. */
  maxMs(): number
  stop(): void
}

const RESOLUTION_MS = 50

export const watchLoopLag = (): LoopLag => {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  return {
    maxMs() {
      // The histogram holds the time between two ticks of its own timer, so its resolution is in it.
      const max = histogram.count === 0 ? 0 : Math.max(0, histogram.max / 1e6 - RESOLUTION_MS)
      histogram.reset()
      return Math.round(max * 10) / 10
    },
    stop: () => histogram.disable(),
  }
}
