import { setTimeout as delay } from 'node:timers/promises'
import type { ClientConnection } from './client-connection.ts'
import { DeliveryLedger } from './delivery-ledger.ts'
import type { LoadFigures, LoadJob } from './generator-job.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { PublishView } from './mqtt-codec.ts'
import { openAll } from './open-connections.ts'
import { cpuMicroseconds, machineCpuMicroseconds, residentKilobytes } from './process-usage.ts'
import { markOf, NeedleFinder, numberAfterMark, senderAfterMark } from './request-template.ts'
import { Sender, type SenderEvents } from './sender.ts'

const DRAIN_POLL_MS = 5

/** One measurement: everybody connects, the senders keep their windows full, the edges are read, the rest is awaited. */
export class LoadRun {
  readonly #job: LoadJob
  /** What no earlier run used, so that its messages and seq_ids cannot be taken for ours. */
  readonly #tag = Date.now().toString(36).slice(-6)
  readonly #ledger: DeliveryLedger
  readonly #ackTimes = new LatencyHistogram()
  readonly #deliveryTimes = new LatencyHistogram()
  readonly #faults = new Map<string, number>()
  #senders: Sender[] = []
  #sending = true
  #measuring = false
  #acked = 0

  constructor(job: LoadJob) {
    this.#job = job
    this.#ledger = new DeliveryLedger(job.devices.length, job.senders)
  }

  async execute(): Promise<LoadFigures> {
    const job = this.#job
    const connections = await openAll(
      job.port,
      job.devices,
      job.cleanSessions,
      job.groupsByInbox === true ? undefined : job.groupId,
    )
    connections.forEach((connection, index) => {
      this.#attach(connection, index)
    })
    for (const sender of this.#senders) sender.fillWindow(performance.now())

    await delay(job.warmUpMs)
    const before = this.#edge()
    this.#measuring = true
    await delay(job.measureMs)
    this.#measuring = false
    const after = this.#edge()
    const serverRssKb = residentKilobytes(job.serverPids)
    this.#sending = false
    await this.#drained()
    await Promise.all(connections.map((connection) => connection.close()))

    return {
      kind: 'load',
      seconds: (after.atUs - before.atUs) / 1e6,
      acked: after.acked - before.acked,
      deliveries: after.deliveries - before.deliveries,
      ackMeanMs: this.#ackTimes.meanMs,
      ackP50Ms: this.#ackTimes.quantileMs(0.5),
      ackP99Ms: this.#ackTimes.quantileMs(0.99),
      deliveryP50Ms: this.#deliveryTimes.quantileMs(0.5),
      deliveryP99Ms: this.#deliveryTimes.quantileMs(0.99),
      serverCpuUs: after.serverCpuUs - before.serverCpuUs,
      generatorCpuUs: after.generatorCpuUs - before.generatorCpuUs,
      machineCpuUs: after.machineCpuUs - before.machineCpuUs,
      serverRssKb,
      fromUs: before.atUs,
      toUs: after.atUs,
      faults: this.#listFaults(),
    }
  }

  #attach(connection: ClientConnection, index: number): void {
    const job = this.#job
    connection.onLost = (reason) => this.#fault(reason.message)
    const sender = index < job.senders ? this.#createSender(connection, index) : undefined
    const finder = new NeedleFinder(markOf(this.#tag))
    connection.onPublish = (buffer, publish) => {
      if (sender?.takeResponse(buffer, publish) !== true) this.#takeDelivery(finder, index, buffer, publish)
    }
  }

  #createSender(connection: ClientConnection, index: number): Sender {
    const { groupId, devices, senders, textBytes, window } = this.#job
    const peer = devices[index + senders]
    if (groupId === undefined && peer === undefined) throw new Error(`sender ${index} has nobody to write to`)
    const events: SenderEvents = {
      sending: () => this.#sending,
      onAcknowledged: (milliseconds) => {
        this.#acked++
        if (this.#measuring) this.#ackTimes.record(milliseconds)
      },
      onFault: (sentence) => this.#fault(sentence),
    }
    const sender = new Sender(connection, window, events, {
      sender: index,
      runTag: this.#tag,
      clientId: connection.device.clientId,
      conversation:
        groupId === undefined ? { kind: 'private', toEmployeeId: peer?.employeeId ?? '' } : { kind: 'group', groupId },
      textBytes,
    })
    this.#senders.push(sender)
    return sender
  }

  #takeDelivery(finder: NeedleFinder, receiver: number, buffer: Buffer, publish: PublishView): void {
    const markEnd = finder.endOf(buffer, publish.payloadStart, publish.payloadEnd)
    if (markEnd < 0) return
    const sender = senderAfterMark(buffer, markEnd)
    const number = numberAfterMark(buffer, markEnd)
    this.#ledger.record(receiver, sender, number)
    if (!this.#measuring) return
    const sentAt = this.#senders[sender]?.sentAt(number)
    if (sentAt !== undefined) this.#deliveryTimes.record(performance.now() - sentAt)
  }

  #edge() {
    return {
      atUs: Number(process.hrtime.bigint() / 1000n),
      acked: this.#acked,
      deliveries: this.#ledger.total,
      serverCpuUs: cpuMicroseconds(this.#job.serverPids),
      generatorCpuUs: cpuMicroseconds([process.pid]),
      machineCpuUs: machineCpuMicroseconds(),
    }
  }

  /** Waits until everything sent is answered, acknowledged and delivered, or nothing more may be expected. */
  async #drained(): Promise<void> {
    const deadline = performance.now() + this.#job.drainMs
    while (!this.#complete() && performance.now() < deadline) await delay(DRAIN_POLL_MS)
  }

  #complete(): boolean {
    const sent = this.#senders.reduce((sum, sender) => sum + sender.sent, 0)
    return this.#ledger.total >= sent * this.#receiversPerMessage() && this.#senders.every((sender) => sender.settled)
  }

  #receiversPerMessage(): number {
    return this.#job.groupId === undefined ? 1 : this.#job.devices.length
  }

  #listFaults(): string[] {
    this.#senders.forEach((sender, index) => {
      if (!sender.settled) this.#fault('requests without an answer or a PUBACK', sender.unsettled)
      const missing =
        this.#job.groupId === undefined
          ? this.#ledger.missing(index + this.#job.senders, index, sender.sent)
          : this.#job.devices.reduce((sum, _, receiver) => sum + this.#ledger.missing(receiver, index, sender.sent), 0)
      if (missing > 0) this.#fault('missing deliveries', missing)
    })
    if (this.#ledger.doubled > 0) this.#fault('doubled deliveries', this.#ledger.doubled)
    if (this.#acked === 0) this.#fault('nothing was acknowledged')
    return [...this.#faults].map(([sentence, times]) => (times === 1 ? sentence : `${times} × ${sentence}`))
  }

  #fault(sentence: string, times = 1): void {
    this.#faults.set(sentence, (this.#faults.get(sentence) ?? 0) + times)
  }
}
