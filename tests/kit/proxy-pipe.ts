import type { Socket } from 'node:net'

interface Parcel {
  readonly chunk: Buffer
  readonly due: number
}

/** What is held back before the sender is made to wait, as by a full window. */
const HELD_BYTES = 4 * 1024 * 1024
const THROTTLE_TICK_MS = 50

/** One direction of a connection through the proxy. The order of bytes is kept whatever is done to it. */
export class ProxyPipe {
  readonly #from: Socket
  readonly #to: Socket
  #parcels: Parcel[] = []
  #heldBytes = 0
  #frozen = false
  #delayMs = 0
  #bytesPerSecond = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  /** When the next byte may pass while throttled. */
  #freeAt = 0
  #finished = false

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
    from.on('data', (chunk: Buffer) => this.#take(chunk))
  }

  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    this.#pump()
  }

  delay(ms: number): void {
    this.#delayMs = ms
  }

  throttle(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond
    this.#freeAt = 0
    this.#pump()
  }

  /** The sender is gone, which the receiver learns when everything before has reached it. */
  finish(): void {
    this.#finished = true
    this.#pump()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#parcels = []
  }

  #take(chunk: Buffer): void {
    const isPlain = this.#parcels.length === 0 && this.#delayMs === 0 && !this.#frozen
    if (isPlain && this.#bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#to.write(chunk)
      return
    }
    this.#parcels.push({ chunk, due: performance.now() + this.#delayMs })
    this.#heldBytes += chunk.length
    if (this.#heldBytes > HELD_BYTES) this.#from.pause()
    this.#pump()
  }

  #pump(): void {
    clearTimeout(this.#timer)
    while (!this.#frozen) {
      const [first] = this.#parcels
      if (first === undefined) {
        if (this.#finished) this.#to.destroy()
        break
      }
      const now = performance.now()
      const wait = Math.max(first.due, this.#freeAt) - now
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.min(wait, 1000)).unref()
        break
      }
      this.#pass(first, now)
    }
    if (this.#heldBytes <= HELD_BYTES && this.#from.isPaused()) this.#from.resume()
  }

  #pass(parcel: Parcel, now: number): void {
    this.#parcels.shift()
    const allowed = Math.max(1, Math.floor((this.#bytesPerSecond * THROTTLE_TICK_MS) / 1000))
    const chunk = parcel.chunk.subarray(0, allowed)
    if (chunk.length < parcel.chunk.length) {
      this.#parcels.unshift({ chunk: parcel.chunk.subarray(chunk.length), due: parcel.due })
    }
    this.#heldBytes -= chunk.length
    if (this.#bytesPerSecond !== Number.POSITIVE_INFINITY) {
      this.#freeAt = now + (chunk.length / this.#bytesPerSecond) * 1000
    }
    this.#to.write(chunk)
  }
}
