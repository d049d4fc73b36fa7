import type { Clock } from '../platform/clock.ts'
import { createTokenBuckets, type TokenBuckets } from './token-bucket.ts'

/**
 * The budgets of a deployment. A gateway gives from buckets of its own, without asking anybody; several times a second it
 * tells the others what it has given of those that more than one may be giving from, and they take it from theirs. So
 * whatever way requests are spread over gateways, over time nobody gets more than the rate and the burst: what was given
 * too much in between has to be refilled first. Dividing each budget by the number of gateways would need neither, but is
 * wrong wherever a broker sends all requests of a client to one gateway.
 */
export interface Budgets {
  /**
   * @param name the same on every gateway, and no other one's
   * @param perSecond refill rate
   * @param burst size of each bucket
   */
  buckets(name: string, perSecond: number, burst: number): TokenBuckets
}

/** The way to the other gateways: what is told may get lost, and is not told again. */
export interface OtherGateways {
  /** All there are, this one too. */
  count(): number
  /** @param news at most NEWS_BYTES */
  tell(news: string): void
}

export interface SharedBudgets extends Budgets {
  /** What another gateway has told. */
  heard(news: string): void
  stop(): void
}

/** Of which budget, whose, how many. */
type Spent = readonly [name: string, key: string, tokens: number]

const TELL_MS = 250
const NEWS_BYTES = 7000
/** Of one time; what is least over its share is left out first. */
const NEWS_AT_ONCE = 8
/** Keys a gateway keeps count of between two times; an attacker who spends on more is met by the limit of his address. */
const MAX_KEYS = 50_000

interface Budget {
  readonly perSecond: number
  readonly buckets: TokenBuckets
  readonly spent: Map<string, number>
}

export const createBudgets = (clock: Pick<Clock, 'monotonic'>, others: OtherGateways): SharedBudgets => {
  const budgets = new Map<string, Budget>()
  let toldAt = clock.monotonic()
  let timer: NodeJS.Timeout | undefined

  const noteSpent = ({ spent }: Budget, key: string, tokens: number): void => {
    if (others.count() === 1 || (spent.size >= MAX_KEYS && !spent.has(key))) return
    spent.set(key, (spent.get(key) ?? 0) + tokens)
    if (timer !== undefined) return
    toldAt = clock.monotonic()
    timer = setTimeout(tell, TELL_MS).unref()
  }

  /**
   * Only what is more than this gateway's share: if every one of them stays below that, together they stay below the rate,
   * and most people never are worth a word.
   */
  const tell = (): void => {
    timer = undefined
    const seconds = (clock.monotonic() - toldAt) / 1000
    const found: { spent: Spent; shares: number }[] = []
    for (const [name, { perSecond, spent }] of budgets) {
      const share = (perSecond * seconds) / others.count()
      for (const [key, tokens] of spent) {
        if (tokens > share) found.push({ spent: [name, key, tokens], shares: tokens / share })
      }
      spent.clear()
    }
    found.sort((a, b) => b.shares - a.shares)
    for (const news of inPieces(found.map(({ spent }) => spent))) others.tell(news)
  }

  return {
    buckets(name, perSecond, burst) {
      if (budgets.has(name)) throw new Error(`there already is a budget ${name}`)
      const buckets = createTokenBuckets(clock, perSecond, burst)
      const budget: Budget = { perSecond, buckets, spent: new Map() }
      budgets.set(name, budget)
      return {
        ...buckets,
        take(key, tokens = 1) {
          const wait = buckets.take(key, tokens)
          if (wait === 0) noteSpent(budget, key, tokens)
          return wait
        },
      }
    },
    heard(news) {
      for (const [name, key, tokens] of JSON.parse(news) as Spent[]) {
        // A gateway of another release may have budgets that this one does not know.
        budgets.get(name)?.buckets.charge(key, tokens)
      }
    },
    stop: () => clearTimeout(timer),
  }
}

const inPieces = (found: readonly Spent[]): string[] => {
  const pieces: string[] = []
  let piece = ''
  for (const spent of found) {
    const next = JSON.stringify(spent)
    // A key may be as long as an attacker likes, and is nobody's then.
    if (Buffer.byteLength(next) > NEWS_BYTES - 2) continue
    if (Buffer.byteLength(piece) + Buffer.byteLength(next) > NEWS_BYTES - 3) {
      pieces.push(`[${piece}]`)
      piece = ''
      if (pieces.length === NEWS_AT_ONCE) return pieces
    }
    piece += piece === '' ? next : `,${next}`
  }
  return piece === '' ? pieces : [...pieces, `[${piece}]`]
}
