import { rightsSubject, type SubjectSource } from '../subject.ts'

/** A client that asks to be let in. */
export interface Arrival {
  /** It was told yes, and will be connected a moment later. */
  admitted(clientId: string): void
}

export interface Arrivals {
  /** To be called before anything is decided. */
  coming(employeeId: string): Arrival
  stop(): void
}

export interface ArrivalsParts extends SubjectSource {
  readonly sync: (employeeId: string) => Promise<void>
  readonly onError: (error: unknown) => void
  /** By then the client is connected, and the broker can be told to end that. Default: 2000. */
  readonly afterMs?: number
}

/**
 * Looks again at clients that were let in. Whoever lost a right while the broker was still letting them in, or was giving them
 * their session back, was in between the processes that could be told: what was decided about them before is then
 * enforced a moment later.
 */
export const watchArrivals = ({ afterMs = 2000, onError, sync, ...source }: ArrivalsParts): Arrivals => {
  const { directory } = source
  const timers = new Map<string, NodeJS.Timeout>()
  const remembered = (employeeId: string) =>
    [directory.employees.peek(employeeId), directory.groupsOf.peek(employeeId)] as const

  /** For the first of an employee since the start the comparison begins when they were let in. */
  const complete = async (employeeId: string, before: unknown[]): Promise<void> => {
    before[1] ??= await directory.groupsOf.get(employeeId)
  }

  const look = async (clientId: string, employeeId: string, before: readonly unknown[]): Promise<void> => {
    const isOver = (await rightsSubject(source, clientId, employeeId)) === undefined
    // Whatever changes is forgotten and read anew, so what is remembered is the same object only if nothing has.
    const isChanged = remembered(employeeId).some((now, i) => before[i] !== undefined && before[i] !== now)
    if (isOver || isChanged) await sync(employeeId)
  }

  return {
    coming(employeeId) {
      const before: unknown[] = [...remembered(employeeId)]
      return {
        admitted(clientId) {
          complete(employeeId, before).catch(() => undefined)
          clearTimeout(timers.get(clientId))
          const timer = setTimeout(() => {
            timers.delete(clientId)
            look(clientId, employeeId, before).catch(onError)
          }, afterMs)
          timers.set(clientId, timer.unref())
        },
      }
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}
