import type { Device } from '../kit/device.ts'

/** Sends to the group without a pause; what is sent while the member is surely out says so, and so does what must come. */
export class Stream {
  phase: 'in' | 'out' | 'changing' = 'changing'
  readonly sentInside: string[] = []
  sentOutside = 0
  #stopped = false
  #sent = 0
  #underWay: Promise<unknown> = Promise.resolve()
  readonly #done: Promise<void>

  constructor(sender: Device, groupId: string) {
    this.#done = this.#run(sender, groupId)
  }

  /** Resolves when what is under way now has been answered. */
  async settled(): Promise<void> {
    await this.#underWay
  }

  async stop(): Promise<number> {
    this.#stopped = true
    await this.#done
    return this.#sent
  }

  async #run(sender: Device, groupId: string): Promise<void> {
    while (!this.#stopped) {
      const content = `${this.phase}-${this.#sent++}`
      this.#underWay = sender.call('msg.send_group', { group_id: groupId, content })
      await this.#underWay
      if (content.startsWith('in-')) this.sentInside.push(content)
      if (content.startsWith('out-')) this.sentOutside++
    }
  }
}
