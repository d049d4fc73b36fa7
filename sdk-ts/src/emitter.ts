import { HandlerError } from './errors.ts'
import { EventReader, type ReaderOptions } from './event-reader.ts'
import type { ClientEvents, EventName } from './events.ts'

/** Events of one kind that arrived before anybody listened to that kind and are kept for the first who does. */
const HELD_EVENTS = 1000

/**
 * Kinds that are told once: they are held for the first listener. The others describe a state that is told again.
 * An offline queue starts to arrive with the connection, before an application that awaited it has attached anything.
 */
const TOLD_ONCE: readonly EventName[] = [
  'message',
  'agent_status',
  'agent_run',
  'system',
  'read_ack',
  'recall',
  'edit',
  'reaction',
  'sync',
  'notify',
  'session',
]

export type Handler<N extends EventName> = (event: ClientEvents[N]) => unknown
type AnyHandler = (event: never) => unknown

/**
 * Typed events. Handlers run synchronously in the order they were added; one that throws, or whose promise rejects, is
 * reported through `error` and disturbs nobody else.
 */
export class Emitter {
  readonly #handlers = new Map<EventName, Set<AnyHandler>>()
  readonly #readers = new Set<{ end(): void }>()
  readonly #held = new Map<EventName, unknown[]>(TOLD_ONCE.map((name) => [name, []]))
  #ended = false

  /** @returns a function that removes the handler again */
  on<N extends EventName>(name: N, handler: Handler<N>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set()
    this.#handlers.set(name, handlers)
    handlers.add(handler)
    for (const event of this.#takeHeld(name)) this.#call(name, handler, event as ClientEvents[N])
    return () => this.off(name, handler)
  }

  off<N extends EventName>(name: N, handler: Handler<N>): void {
    this.#handlers.get(name)?.delete(handler)
  }

  emit<N extends EventName>(name: N, event: ClientEvents[N]): void {
    const handlers = this.#handlers.get(name)
    if (handlers === undefined || handlers.size === 0) {
      const held = this.#held.get(name)
      if (held === undefined) return
      held.push(event)
      if (held.length > HELD_EVENTS) held.shift()
      return
    }
    for (const handler of [...handlers]) this.#call(name, handler as Handler<N>, event)
  }

  read<N extends EventName>(name: N, options: ReaderOptions): EventReader<ClientEvents[N]> {
    const reader: EventReader<ClientEvents[N]> = new EventReader(options, () => {
      this.off(name, push)
      this.#readers.delete(reader)
    })
    const push = (event: ClientEvents[N]) => reader.push(event)
    if (this.#ended) reader.end()
    if (!reader.ended) {
      this.#readers.add(reader)
      this.on(name, push)
    }
    return reader
  }

  /** Ends every reader once it has been given what is waiting. */
  end(): void {
    this.#ended = true
    for (const reader of [...this.#readers]) reader.end()
  }

  #takeHeld(name: EventName): readonly unknown[] {
    const held = this.#held.get(name) ?? []
    this.#held.delete(name)
    return held
  }

  #call<N extends EventName>(name: N, handler: Handler<N>, event: ClientEvents[N]): void {
    try {
      const result = handler(event)
      if (result instanceof Promise) result.catch((error: unknown) => this.#report(name, error))
    } catch (error) {
      this.#report(name, error)
    }
  }

  #report(name: EventName, error: unknown): void {
    // A handler of `error` that fails has nowhere left to report to.
    if (name !== 'error') this.emit('error', new HandlerError(name, error))
  }
}
