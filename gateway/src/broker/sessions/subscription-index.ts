/** What the index finds. The two fields belong to the index while it matches. */
export interface Subscriber {
  /** Number of the last match that found this subscriber; 0 before the first. */
  matchedAt: number
  /** The highest QoS of the subscriptions found by that match. */
  matchedQos: 0 | 1
}

/**
 * Finds the subscribers of a topic in time that does not depend on how many clients there are. Three shapes of filter
 * are kept apart, because nearly all are of the first two: exact topics, `prefix/+`, and everything else in a trie of
 * levels. One look-up each for the first two; ten thousand clients with `…/resp/{client_id}/+` do not slow each other.
 */
export class SubscriptionIndex<S extends Subscriber> {
  readonly #exact = new Map<string, Subscribers<S>>()
  readonly #lastLevel = new Map<string, Subscribers<S>>()
  readonly #levels = new Level<S>()
  #otherFilters = 0
  #matches = 0

  add(filter: string, subscriber: S, qos: 0 | 1): void {
    const shape = shapeOf(filter)
    if (shape === EXACT) subscribersIn(this.#exact, filter).add(subscriber, qos)
    else if (shape === LAST_LEVEL) subscribersIn(this.#lastLevel, filter.slice(0, -2)).add(subscriber, qos)
    else if (this.#levels.add(filter.split('/'), 0, subscriber, qos)) this.#otherFilters++
  }

  remove(filter: string, subscriber: S): void {
    const shape = shapeOf(filter)
    if (shape === EXACT) removeFrom(this.#exact, filter, subscriber)
    else if (shape === LAST_LEVEL) removeFrom(this.#lastLevel, filter.slice(0, -2), subscriber)
    else if (this.#levels.remove(filter.split('/'), 0, subscriber)) this.#otherFilters--
  }

  /** Every subscriber once, with `matchedQos` set; a new array, which the caller may keep. */
  match(topic: string): S[] {
    const found: S[] = []
    const match = ++this.#matches
    if (this.#otherFilters > 0) this.#levels.match(topic, 0, match, found)
    const slash = topic.lastIndexOf('/')
    if (slash >= 0) this.#lastLevel.get(topic.slice(0, slash))?.collect(match, found)
    this.#exact.get(topic)?.collect(match, found)
    return found
  }
}

class Subscribers<S extends Subscriber> {
  #qos0: Set<S> | undefined
  #qos1: Set<S> | undefined

  /** @returns whether the subscriber is new here */
  add(subscriber: S, qos: 0 | 1): boolean {
    const known = this.remove(subscriber)
    if (qos === 1) {
      this.#qos1 ??= new Set()
      this.#qos1.add(subscriber)
    } else {
      this.#qos0 ??= new Set()
      this.#qos0.add(subscriber)
    }
    return !known
  }

  remove(subscriber: S): boolean {
    return this.#qos1?.delete(subscriber) === true || this.#qos0?.delete(subscriber) === true
  }

  get empty(): boolean {
    return (this.#qos1?.size ?? 0) === 0 && (this.#qos0?.size ?? 0) === 0
  }

  collect(match: number, found: S[]): void {
    if (this.#qos1 !== undefined) {
      for (const subscriber of this.#qos1) {
        if (subscriber.matchedAt !== match) {
          subscriber.matchedAt = match
          found.push(subscriber)
        }
        subscriber.matchedQos = 1
      }
    }
    if (this.#qos0 !== undefined) {
      for (const subscriber of this.#qos0) {
        if (subscriber.matchedAt === match) continue
        subscriber.matchedAt = match
        subscriber.matchedQos = 0
        found.push(subscriber)
      }
    }
  }
}

/** One level of the filters with wildcards elsewhere than in the last place. */
class Level<S extends Subscriber> {
  readonly #next = new Map<string, Level<S>>()
  #here: Subscribers<S> | undefined
  /** Subscribers of this level with `/#` behind it. */
  #below: Subscribers<S> | undefined

  add(levels: readonly string[], depth: number, subscriber: S, qos: 0 | 1): boolean {
    const level = levels[depth]
    if (level === undefined) {
      this.#here ??= new Subscribers()
      return this.#here.add(subscriber, qos)
    }
    if (level === '#') {
      this.#below ??= new Subscribers()
      return this.#below.add(subscriber, qos)
    }
    let next = this.#next.get(level)
    if (next === undefined) {
      next = new Level()
      this.#next.set(level, next)
    }
    return next.add(levels, depth + 1, subscriber, qos)
  }

  remove(levels: readonly string[], depth: number, subscriber: S): boolean {
    const level = levels[depth]
    if (level === undefined) return this.#here?.remove(subscriber) ?? false
    if (level === '#') return this.#below?.remove(subscriber) ?? false
    const next = this.#next.get(level)
    if (next === undefined || !next.remove(levels, depth + 1, subscriber)) return false
    if (next.#empty) this.#next.delete(level)
    return true
  }

  /** @param from where the rest of the topic begins; -1 when nothing is left */
  match(topic: string, from: number, match: number, found: S[]): void {
    // Wildcards in the first place do not match topics that begin with $ (MQTT 4.7.2).
    const wildcards = from !== 0 || topic.charCodeAt(0) !== DOLLAR
    if (wildcards) this.#below?.collect(match, found)
    if (from < 0) {
      this.#here?.collect(match, found)
      return
    }
    const slash = topic.indexOf('/', from)
    const level = slash < 0 ? topic.slice(from) : topic.slice(from, slash)
    const rest = slash < 0 ? -1 : slash + 1
    if (wildcards) this.#next.get('+')?.match(topic, rest, match, found)
    this.#next.get(level)?.match(topic, rest, match, found)
  }

  get #empty(): boolean {
    return this.#next.size === 0 && (this.#here?.empty ?? true) && (this.#below?.empty ?? true)
  }
}

/** Does a topic match a filter, by the rules of MQTT 4.7? */
export const matches = (filter: string, topic: string): boolean => {
  if (filter === topic) return true
  if (shapeOf(filter) === EXACT) return false
  const levels = filter.split('/')
  if (topic.charCodeAt(0) === DOLLAR && (levels[0] === '+' || levels[0] === '#')) return false
  const given = topic.split('/')
  for (const [depth, level] of levels.entries()) {
    if (level === '#') return true
    if (depth >= given.length || (level !== '+' && level !== given[depth])) return false
  }
  return levels.length === given.length
}

const DOLLAR = 0x24
const EXACT = 0
const LAST_LEVEL = 1
const OTHER = 2

const shapeOf = (filter: string): typeof EXACT | typeof LAST_LEVEL | typeof OTHER => {
  const hash = filter.endsWith('#')
  const plus = filter.indexOf('+')
  if (plus < 0) return hash ? OTHER : EXACT
  return !hash && plus === filter.length - 1 && filter.charCodeAt(plus - 1) === SLASH ? LAST_LEVEL : OTHER
}

const SLASH = 0x2f

const subscribersIn = <S extends Subscriber>(map: Map<string, Subscribers<S>>, key: string): Subscribers<S> => {
  let subscribers = map.get(key)
  if (subscribers === undefined) {
    subscribers = new Subscribers()
    map.set(key, subscribers)
  }
  return subscribers
}

const removeFrom = <S extends Subscriber>(map: Map<string, Subscribers<S>>, key: string, subscriber: S): void => {
  const subscribers = map.get(key)
  if (subscribers === undefined) return
  subscribers.remove(subscriber)
  if (subscribers.empty) map.delete(key)
}
