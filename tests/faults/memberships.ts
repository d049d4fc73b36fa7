import type { History } from './history.ts'
import { ownerOfSession } from './history.ts'
import type { Request } from './requests.ts'

/** One stay of a guest in a group: between being added and being removed. Each change takes effect at some moment of its own. */
export interface Stay {
  readonly addAsked: number
  readonly addAnswered: number
  readonly removeAsked: number
  readonly removeAnswered: number
}

const NEVER = Number.POSITIVE_INFINITY

/** Who was in which group when, as far as the answers tell; nobody of these is a member at the beginning. */
export class Memberships {
  readonly #stays = new Map<string, Stay[]>()
  readonly #guests: ReadonlyMap<string, ReadonlySet<string>>

  constructor(history: History, requests: Iterable<Request>) {
    this.#guests = history.guests ?? new Map()
    const changes = [...requests].filter(({ first }) => first.member !== undefined)
    for (const { acceptedAt = NEVER, first } of changes.toSorted((a, b) => a.first.t - b.first.t)) {
      const { employee = '', group = '', joins } = first.member ?? {}
      const key = `${employee}|g|${group}`
      const stays = this.#stays.get(key) ?? []
      this.#stays.set(key, stays)
      const last = stays.at(-1)
      if (joins === true) {
        stays.push({ addAsked: first.t, addAnswered: acceptedAt, removeAsked: NEVER, removeAnswered: NEVER })
      } else if (last !== undefined) {
        stays[stays.length - 1] = { ...last, removeAsked: first.t, removeAnswered: acceptedAt }
      }
    }
  }

  isGuest(session: string, conversation: string): boolean {
    return this.#guests.get(session)?.has(conversation) === true
  }

  /** Is this employee a guest there, on whichever device? */
  isGuestEmployee(employee: string, conversation: string): boolean {
    return [...this.#guests.keys()].some((one) => ownerOfSession(one) === employee && this.isGuest(one, conversation))
  }

  stays(employee: string, conversation: string): readonly Stay[] {
    return this.#stays.get(`${employee}|${conversation}`) ?? []
  }

  /** The stay that lasts from before `from` until after `to`, beyond doubt. */
  surelyIn(employee: string, conversation: string, from: number, to: number): Stay | undefined {
    return this.stays(employee, conversation).find((stay) => stay.addAnswered <= from && stay.removeAsked >= to)
  }

  /** @returns until when: the guest was out at this moment beyond doubt. undefined: in, or doubtful */
  surelyOutUntil(employee: string, conversation: string, t: number): number | undefined {
    let since = Number.NEGATIVE_INFINITY
    for (const stay of this.stays(employee, conversation)) {
      if (t > since && t < stay.addAsked) return stay.addAsked
      since = stay.removeAnswered
    }
    return t > since ? NEVER : undefined
  }

  /** group → guests who are in at the end; undefined members: nobody can tell. */
  finally(): Map<string, { readonly employee: string; readonly isIn: boolean | undefined }[]> {
    const groups = new Map<string, { employee: string; isIn: boolean | undefined }[]>()
    for (const [key, stays] of this.#stays) {
      const [employee = '', , group = ''] = key.split('|')
      const last = stays.at(-1)
      if (last === undefined) continue
      const isOpen = last.removeAsked === NEVER
      const isKnown = isOpen ? last.addAnswered !== NEVER : last.removeAnswered !== NEVER
      const found = groups.get(group) ?? []
      found.push({ employee, isIn: isKnown ? isOpen : undefined })
      groups.set(group, found)
    }
    return groups
  }
}
