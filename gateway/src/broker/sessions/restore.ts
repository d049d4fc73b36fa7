import type { LiveJournal } from './live-journal.ts'
import { Delivery, Message, PERHAPS } from './message.ts'
import { decodePublish } from './packets.ts'
import type { Replay, ReplayedSession } from './replay.ts'
import { Session } from './session.ts'
import type { SessionTable } from './session-table.ts'

/** Makes sessions and queues of what the journal said. */
export const restore = (replay: Replay, table: SessionTable, journal: LiveJournal): void => {
  table.continueAfter(replay.lastSessionNumber)
  table.publications.continueAfter(replay.lastMessageId)
  const messages = new Map<number, Message>()
  const messageOf = (id: number): Message | undefined => {
    const replayed = replay.messages.get(id)
    if (replayed === undefined) return undefined
    let message = messages.get(id)
    if (message === undefined) {
      message = new Message(id, decodePublish(replayed.packet).topic, replayed.packet, replayed.open === 1)
      messages.set(id, message)
      journal.hold(message, replayed.segment, replayed.recordBytes)
    }
    return message
  }
  for (const { replayed, clientId } of lastOfEachClient(replay)) {
    const session = new Session(replayed.number, clientId, false, table)
    for (const [filter, { qos, extras }] of replayed.subscriptions) {
      session.subscriptions.set(filter, qos)
      session.setExtras(filter, extras)
    }
    table.add(session)
    for (const id of [...replayed.open].sort((a, b) => a - b)) {
      const message = messageOf(id)
      if (message === undefined) continue
      const delivery = new Delivery(session, message)
      delivery.sentOn = PERHAPS
      message.keep(delivery)
      session.append(delivery)
    }
    // What has changed while the client was away is not in the journal.
    if (replayed.subscriptions.size > 0) session.state.addEverything()
    journal.hold(session, replayed.segment, replayed.recordBytes)
  }
}

/** An earlier session of the same client had ended without anything to remember. */
function* lastOfEachClient(replay: Replay): Generator<{ replayed: ReplayedSession; clientId: string }> {
  const seen = new Set<string>()
  for (const replayed of [...replay.sessions.values()].sort((a, b) => b.number - a.number)) {
    const { clientId, subscriptions, open } = replayed
    if (clientId === undefined || seen.has(clientId)) continue
    seen.add(clientId)
    if (subscriptions.size > 0 || open.size > 0) yield { replayed, clientId }
  }
}
