import { setTimeout as sleep } from 'node:timers/promises'
import { MChatError, ownerOf, type RequestTopic, type Topics } from '@mchat/schema'
import type { IPublishPacket } from 'mqtt'
import type { Log } from '../ops/log.ts'
import { Intake, type IntakeSession } from './intake.ts'
import type { IntakePolicy } from './intake-policy.ts'
import type { Link, OnNote, OnRequest, PublishOptions } from './link.ts'
import type { BrokerEndpoint } from './mqtt-connection.ts'
import { Publisher } from './publisher.ts'
import { RequestWindow } from './request-window.ts'

export interface MqttLinkOptions {
  readonly endpoint: BrokerEndpoint
  readonly topics: Topics
  readonly policy: IntakePolicy
  /** The name of this gateway among the others. */
  readonly instance: string
  /** Of the connections that publish: one, unless the broker limits what each may. */
  readonly outClientIds: readonly string[]
  /** Requests under way; with as many the broker is read no further. */
  readonly concurrentRequests: number
  readonly log: Log
}

const LOOK_FOR_ABANDONED_MS = 1000
const ASK_AGAIN_MS = 500

/**
 * The link to a broker over MQTT: one connection takes requests from the shared subscription, another publishes; several
 * of each where a broker limits what one may carry.
 *
 * Not one for both: mqtt.js handles what comes in one after the other, so that a request waiting for the PUBACK of its own
 * delivery would wait for ever. Beside its own session it empties those that dead gateways have left behind.
 */
export class MqttLink implements Link {
  readonly #options: MqttLinkOptions
  readonly #window: RequestWindow
  #out: Publisher | undefined
  #own: readonly Intake[] = []
  #abandoned: Intake | undefined
  #onRequest: OnRequest | undefined
  #looking: Promise<void> | undefined
  #resuming: Promise<void> = Promise.resolve()
  #drained: Promise<void> | undefined
  readonly #stopped = new AbortController()
  readonly #whenStopped = new Promise<void>((resolve) => {
    this.#stopped.signal.addEventListener('abort', () => resolve(), { once: true })
  })

  constructor(options: MqttLinkOptions) {
    this.#options = options
    this.#window = new RequestWindow(options.concurrentRequests)
  }

  async start(onRequest: OnRequest, onNote: OnNote = () => undefined): Promise<void> {
    const { endpoint, instance, log, outClientIds, policy, topics } = this.#options
    this.#onRequest = onRequest
    this.#out = new Publisher({ endpoint, clientIds: outClientIds, hears: [topics.gateway(instance), onNote], log })
    await this.#out.allLive()
    this.#own = this.#openIntakes(await policy.take())
    for (const own of this.#own) await own.live()
    for (const own of this.#own) await policy.takes(own.session)
    this.#looking = this.#lookForAbandoned()
  }

  async publish(topic: string, payload: Buffer, options: PublishOptions): Promise<void> {
    if (this.#out === undefined) throw new MChatError('broker_unavailable', { cause: new Error('not started') })
    await this.#out.publish(topic, payload, options)
  }

  notReady(): string | undefined {
    if (this.#stopped.signal.aborted) return 'The gateway is stopping.'
    if (this.#own.length === 0 || this.#out === undefined) return 'The broker link has not started.'
    return this.#own.map(({ problem }) => problem).find((problem) => problem !== undefined) ?? this.#out.problem
  }

  /**
   * To be called when the gateway was not allowed to go on for a while: another one may have taken its session over.
   * Then it goes on with another session, and leaves what is under way to the other. Who owns what is asked until there is
   * an answer: the database that has just come back may be gone again, and a gateway that stayed in a session of another
   * one would take turns with it in throwing the other out.
   */
  resume(): Promise<void> {
    this.#resuming = this.#resuming.then(() => this.#resume())
    return this.#resuming
  }

  async #resume(): Promise<void> {
    const { policy } = this.#options
    if (this.#own.length === 0) return
    const areOwn = await this.#insist(() => Promise.all(this.#own.map(({ session }) => policy.isOwn(session))))
    if (areOwn?.includes(false) !== true) return
    for (const own of this.#own) own.abandon()
    const sessions = await this.#insist(() => policy.take())
    if (sessions === undefined) return
    this.#own = this.#openIntakes(sessions)
    for (const own of this.#own) void this.#announceWhenLive(own)
  }

  /**
   * The broker gives its requests to others from now on; what it has set aside for this gateway is answered first. Without
   * others the session stays, and with it the requests that come meanwhile, for whoever starts next.
   */
  drain(last?: () => Promise<void>): Promise<void> {
    this.#drained ??= this.#drain(last)
    return this.#drained
  }

  async #drain(last: (() => Promise<void>) | undefined): Promise<void> {
    this.#stopped.abort()
    this.#abandoned?.abandon()
    await Promise.all([this.#looking, this.#resuming])
    await Promise.all(this.#own.map((own) => this.#leave(own)))
    await last?.()
    await this.#out?.close()
  }

  async #leave(own: Intake): Promise<void> {
    const { policy } = this.#options
    const mayLeave = await policy.mayLeave(own.session).catch(() => false)
    if (!mayLeave) await own.pause()
    const isEmpty = mayLeave && (await own.drain())
    await own.close(isEmpty)
    // Otherwise another gateway empties it.
    if (isEmpty) await policy.giveBack(own.session).catch(() => undefined)
  }

  /** Leaves at once and for good, acknowledging nothing more: as if the process had died. */
  abandon(): void {
    this.#stopped.abort()
    for (const own of this.#own) own.abandon()
    this.#abandoned?.abandon()
    this.#out?.abandon()
  }

  /** Asks until there is an answer. undefined: the link has been stopped */
  async #insist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      try {
        return await ask()
      } catch (error) {
        this.#options.log.warn({ error: String(error) }, 'the owner of a session could not be asked for')
        await sleep(ASK_AGAIN_MS, undefined, { ref: false, signal }).catch(() => undefined)
      }
    }
    return undefined
  }

  #openIntakes(sessions: readonly IntakeSession[]): Intake[] {
    return sessions.map((session) => this.#openIntake(session, false))
  }

  /** @param isLeaving it is only to be emptied, and asks for nothing more */
  #openIntake(session: IntakeSession, isLeaving: boolean): Intake {
    const { endpoint, log, policy, topics } = this.#options
    return new Intake({
      endpoint,
      session,
      filter: topics.sharedRequests,
      markerTopic: topics.gateway(session.clientId),
      window: this.#window,
      onRequest: (packet) => this.#answer(packet),
      isLeaving,
      mayConnect: () => policy.mayConnect(session),
      log,
    })
  }

  async #answer({ payload, qos, topic }: IPublishPacket): Promise<void> {
    const ids = this.#options.topics.parseRequest(topic)
    await this.#untilAnswerable(ids)
    await this.#onRequest?.({
      topic,
      payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
      qos,
      // Every driver lets nobody but the owner of a client_id publish its requests, and tests that at the start.
      vouchedEmployeeId: ids === undefined ? undefined : ownerOf(ids.clientId),
    })
  }

  /** Unless it can be answered it need not be begun. Rejects when it never can. */
  async #untilAnswerable(ids: RequestTopic | undefined): Promise<void> {
    const out = this.#out
    if (ids === undefined || out === undefined) return
    const topic = this.#options.topics.response(ids.clientId, ids.seqId)
    // Raced only when it has to be: each race stays in the memory of a promise that does not settle.
    while (!out.isLive(topic)) {
      if (this.#stopped.signal.aborted) throw new MChatError('broker_unavailable')
      await Promise.race([out.live(topic), this.#whenStopped])
    }
  }

  async #lookForAbandoned(): Promise<void> {
    const { log, policy } = this.#options
    const { signal } = this.#stopped
    while (!signal.aborted) {
      try {
        await sleep(LOOK_FOR_ABANDONED_MS, undefined, { ref: false, signal })
        const session = await policy.takeAbandoned()
        if (session !== undefined) await this.#empty(session)
      } catch (error) {
        if (!signal.aborted) log.warn({ error: String(error) }, 'looking for abandoned sessions failed')
      }
    }
  }

  /**
   * Answers what a dead gateway has not; until that is done its session is as abandoned as before if this one dies too.
   *
   * A gateway that stood still meanwhile has lost it like its own: it may be the session of a new gateway by now, with
   * requests in it, and must not be ended.
   */
  async #empty(session: IntakeSession): Promise<void> {
    const { log, policy } = this.#options
    const { signal } = this.#stopped
    if (signal.aborted) return
    log.info({ client_id: session.clientId }, 'the requests of a gateway that is gone are taken over')
    const intake = this.#openIntake(session, true)
    this.#abandoned = intake
    try {
      do {
        // Or not: then whose it is decides.
        await Promise.race([intake.live(), sleep(LOOK_FOR_ABANDONED_MS, undefined, { ref: false })])
        if ((await this.#insist(() => policy.isOwn(session))) !== true) return
      } while (!(await intake.drain()))
      await intake.close(true)
      await this.#insist(() => policy.giveBack(session))
    } finally {
      intake.abandon()
      this.#abandoned = undefined
    }
  }

  /** Others may leave only when this gateway takes requests. */
  async #announceWhenLive(intake: Intake): Promise<void> {
    await intake.live()
    if (this.#own.includes(intake)) await this.#insist(() => this.#options.policy.takes(intake.session))
  }
}
