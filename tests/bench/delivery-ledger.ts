const INITIAL_MESSAGES = 4096

/** Which messages of which sender have reached which receiver, one byte each: what is missing or doubled is known exactly. */
export class DeliveryLedger {
  readonly #seen: Uint8Array[][]
  #total = 0
  #doubled = 0

  constructor(receivers: number, senders: number) {
    this.#seen = Array.from({ length: receivers }, () =>
      Array.from({ length: senders }, () => new Uint8Array(INITIAL_MESSAGES)),
    )
  }

  get total(): number {
    return this.#total
  }

  get doubled(): number {
    return this.#doubled
  }

  record(receiver: number, sender: number, number: number): void {
    const ofReceiver = this.#seen[receiver]
    let seen = ofReceiver?.[sender]
    if (ofReceiver === undefined || seen === undefined) throw new Error(`a delivery from an unknown sender ${sender}`)
    if (number >= seen.length) {
      const larger = new Uint8Array(Math.max(number + 1, seen.length * 2))
      larger.set(seen)
      ofReceiver[sender] = larger
      seen = larger
    }
    if (seen[number] === 1) {
      this.#doubled++
      return
    }
    seen[number] = 1
    this.#total++
  }

  /** How many of the sender's first `sent` messages the receiver has not got. */
  missing(receiver: number, sender: number, sent: number): number {
    const seen = this.#seen[receiver]?.[sender] ?? new Uint8Array(0)
    let missing = 0
    for (let number = 0; number < sent; number++) if (seen[number] !== 1) missing++
    return missing
  }
}
