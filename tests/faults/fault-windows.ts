import type { History } from './history.ts'

/** A fault from its beginning until it was healed; one that is only a moment ends where it begins. */
export interface FaultWindow {
  readonly what: string
  readonly from: number
  readonly to: number
  readonly crashesBroker: boolean
  readonly isHarmless: boolean
}

export const faultWindows = ({ events }: History): FaultWindow[] => {
  const windows: { -readonly [K in keyof FaultWindow]: FaultWindow[K] }[] = []
  const open = new Set<(typeof windows)[number]>()
  for (const event of events) {
    if (event.type === 'fault') {
      const { crashesBroker = false, isHarmless = false, t, what } = event
      const window = { what, from: t, to: t, crashesBroker, isHarmless }
      windows.push(window)
      open.add(window)
    } else if (event.type === 'healed') {
      // Of several of a kind at the same time the oldest.
      const window = [...open].find((each) => each.what === event.what)
      if (window === undefined) continue
      window.to = event.t
      open.delete(window)
    }
  }
  return windows
}

export const overlaps = (window: FaultWindow, from: number, to: number): boolean =>
  window.from <= to && window.to >= from

/** What a Mosquitto had acknowledged in this time before it was killed may be gone: it saves once a second. */
const UNSAVED_MS = 2000
/** What was on its way to the clients' eyes. */
const IN_FLIGHT_MS = 500

/** When the broker was killed just after this moment; undefined: it was not. */
export const crashAfter = (windows: readonly FaultWindow[], t: number): number | undefined =>
  windows.find(({ crashesBroker, from }) => crashesBroker && t >= from - UNSAVED_MS && t <= from + IN_FLIGHT_MS)?.from
