import { setTimeout as pause } from 'node:timers/promises'
import { now, type Recorder } from './history.ts'
import { Product, type ProductOptions } from './product.ts'

/** Keeps a gateway running, as systemd or Kubernetes would: one that ends is started again. */
export class Supervisor {
  readonly name: string
  /** How often it ended without having been told to. */
  unexpectedEnds = 0
  readonly #product: Product
  readonly #record: Recorder
  readonly #random: () => number
  #stopped = false
  #isTold = false
  #up = Promise.withResolvers<void>()
  #isUp = false
  #running: Promise<void> | undefined

  constructor(name: string, options: ProductOptions, record: Recorder, random: () => number) {
    this.name = name
    this.#product = new Product(options)
    this.#record = record
    this.#random = random
  }

  /** Resolves when the gateway is ready for the first time, and rejects when it never gets there. */
  async start(): Promise<void> {
    await this.#product.start()
    this.#isReady()
    this.#running = this.#watch()
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Resolves when it is ready. */
  up(): Promise<void> {
    return this.#up.promise
  }

  firstAdmin(): Promise<{ username: string; password: string }> {
    return this.#product.firstAdmin()
  }

  /** Resolves when it has ended; it comes back by itself. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#isTold = true
    this.#isDown()
    await this.#product.kill(signal)
  }

  pause(): void {
    this.#product.signal('SIGSTOP')
  }

  resume(): void {
    this.#product.signal('SIGCONT')
  }

  /** The latest of what it wrote. */
  get output(): string {
    return this.#product.output
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#up.resolve()
    await this.#product.kill('SIGKILL')
    await this.#running
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.#product.ended()
      if (this.#stopped) return
      if (!this.#isTold) this.#complain('ended by itself')
      this.#isTold = false
      await pause(this.#random() * 3000)
      await this.#bringUp()
    }
  }

  async #bringUp(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#product.start()
        this.#isReady()
        return
      } catch {
        // Its broker or database may be away at this moment.
        this.#record({ type: 'note', t: now(), text: `${this.name} did not start: ${this.output.slice(-500)}` })
        await pause(500)
      }
    }
  }

  #isReady(): void {
    this.#isUp = true
    this.#up.resolve()
  }

  #isDown(): void {
    this.#isUp = false
    this.#up = Promise.withResolvers()
  }

  #complain(what: string): void {
    this.unexpectedEnds++
    this.#isDown()
    this.#record({ type: 'note', t: now(), text: `${this.name} ${what}: ${this.output.slice(-2000)}` })
  }
}
