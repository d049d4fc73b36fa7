/** How many groups are told of a moment, and of how many different ones a gateway keeps count in a minute. */
const TOLD = 25
const COUNTED = 4096

interface Busy {
  count: number
  told: number
}

/**
 * Which groups have the most messages, in bounded memory and with a bounded answer, whatever is going on. Counts are
 * never too high. They are too low for a group that is seldom among the busiest: each time only the 25 busiest groups of
 * the minute are told, and where there are more than 4,096 the quieter half is forgotten.
 */
export interface BusyGroups {
  /** One message. A look into a map and an addition, so it may stand on the message path. */
  add(groupId: string): void
  /**
   * What the busiest groups of the minute have had since they were told of last.
   * @param isOver a new minute begins
   */
  take(isOver: boolean): ReadonlyMap<string, number>
}

export const createBusyGroups = (): BusyGroups => {
  let groups = new Map<string, Busy>()
  const busiest = (): [string, Busy][] =>
    [...groups].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))

  return {
    add(groupId) {
      const known = groups.get(groupId)
      if (known !== undefined) {
        known.count++
        return
      }
      if (groups.size >= COUNTED) groups = new Map(busiest().slice(0, COUNTED / 2))
      groups.set(groupId, { count: 1, told: 0 })
    },
    take(isOver) {
      const told = new Map<string, number>()
      for (const [groupId, busy] of busiest().slice(0, TOLD)) {
        if (busy.count > busy.told) told.set(groupId, busy.count - busy.told)
        busy.told = busy.count
      }
      if (isOver) groups = new Map()
      return told
    },
  }
}
