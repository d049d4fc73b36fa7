import { setTimeout as sleep } from 'node:timers/promises'
import { MChatError, type Topics } from '@mchat/schema'
import { LRUCache } from 'lru-cache'
import { newUuid } from '../platform/random.ts'
import type { Link } from './link.ts'

/**
 * What gateways of a deployment say to each other, over the broker, where nothing of it is stored. What has to reach all of
 * them for certain goes by the lease (db/lease.ts).
 */
export interface BetweenGateways {
  /**
   * Asks a gateway until it answers. It is asked once, however often the question gets there.
   * @throws MChatError `broker_unavailable` when it has not answered in a few seconds: it is gone, or does not understand
   */
  ask(instance: string, question: object): Promise<unknown>
  /** Tells a gateway something that it can do without: it may be lost. */
  tell(instance: string, news: object): void
  /** What has come for this gateway. */
  heard(payload: Buffer): void
}

export interface BetweenGatewaysParts {
  readonly link: Pick<Link, 'publish'>
  readonly topics: Pick<Topics, 'gateway'>
  /** The name of this gateway. */
  readonly instance: string
  /** @returns undefined when it is nothing that can be answered, as by a gateway of an earlier release */
  readonly answer: (questionOrNews: object) => unknown
}

interface Note {
  /** undefined: nobody waits for an answer. */
  readonly id?: string
  readonly from: string
  readonly question?: object
  readonly answer?: unknown
}

const PATIENCE_MS = 1000
const ATTEMPTS = 4
/** Longer than a question is asked. */
const ANSWERS_KEPT_MS = 30_000
const ANSWERS_KEPT = 10_000

export const createBetweenGateways = (parts: BetweenGatewaysParts): BetweenGateways => {
  const { answer, instance, link, topics } = parts
  const asked = new Map<string, (answer: unknown) => void>()
  const answered = new LRUCache<string, { readonly answer: unknown }>({ max: ANSWERS_KEPT, ttl: ANSWERS_KEPT_MS })

  const publish = async (to: string, note: Note, qos: 0 | 1): Promise<void> => {
    // Whoever waits for it asks again.
    await link.publish(topics.gateway(to), Buffer.from(JSON.stringify(note)), { qos }).catch(() => undefined)
  }

  const respond = async ({ from, id, question = {} }: Note): Promise<void> => {
    if (id === undefined) {
      answer(question)
      return
    }
    const known = answered.get(id) ?? { answer: answer(question) }
    answered.set(id, known)
    if (known.answer !== undefined) await publish(from, { id, from: instance, answer: known.answer }, 1)
  }

  return {
    async ask(to, question) {
      const id = newUuid()
      const { promise, resolve } = Promise.withResolvers<{ readonly answer: unknown }>()
      asked.set(id, (value) => resolve({ answer: value }))
      try {
        for (let i = 0; i < ATTEMPTS; i++) {
          void publish(to, { id, from: instance, question }, 1)
          const stop = new AbortController()
          const pause = sleep(PATIENCE_MS, undefined, { signal: stop.signal }).catch(() => undefined)
          const said = await Promise.race([promise, pause])
          stop.abort()
          if (said !== undefined) return said.answer
        }
        throw new MChatError('broker_unavailable', { cause: new Error(`the gateway ${to} does not answer`) })
      } finally {
        asked.delete(id)
      }
    },
    tell(to, news) {
      void publish(to, { from: instance, question: news }, 0)
    },
    heard(payload) {
      const note = parse(payload)
      if (note === undefined) return
      if (note.question !== undefined) void respond(note)
      else if (note.id !== undefined) asked.get(note.id)?.(note.answer)
    },
  }
}

/** undefined: nothing that a gateway of any release says. */
const parse = (payload: Buffer): Note | undefined => {
  try {
    return JSON.parse(payload.toString()) as Note
  } catch {
    return undefined
  }
}
