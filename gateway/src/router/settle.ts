import type { Topics } from '@mchat/schema'
import type { Access } from '../access/access.ts'
import type { Changes } from '../changes/changes.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import type { Lease } from '../db/lease.ts'
import { counters } from '../db/repositories/counters.ts'
import { employees } from '../db/repositories/employees.ts'
import type { Forget } from '../db/stale.ts'
import type { MessageIds } from '../delivery/message-ids.ts'
import type { Link } from '../link/link.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { CodeOf } from '../second-factor/challenge-code.ts'
import { type Effect, type SystemNotice, staleOf } from './effects.ts'

/** The request whose effects these are: announcements get the same event_id however often they are made. */
export interface EffectOrigin {
  readonly clientId: string
  readonly seqId: string
}

/**
 * Does what a committed change asks for: first everybody forgets what they remembered, then the broker enforces the
 * new rights, and only then is anything announced (brokers.md, races 1 and 2). Doing it again is harmless.
 * @throws MChatError `revocation_pending`, `broker_unavailable`; the caller keeps the effects and comes back
 */
export type Settle = (
  effects: readonly Effect[],
  origin: EffectOrigin,
  /** `everybody`: the connection the request came over is dealt with like all others; by default it is left for its answer. */
  whom?: 'everybody',
) => Promise<void>

export interface SettleParts {
  readonly topics: Topics
  readonly config: Config
  readonly database: Database
  readonly directory: Directory
  readonly lease: Lease
  readonly forget: Forget
  readonly access: Access
  readonly link: Link
  readonly messageIds: MessageIds
  readonly codeOf: CodeOf
  readonly changes: Pick<Changes, 'changed'>
  readonly clock: Clock
  readonly metrics: Pick<Metrics, 'delivery'>
}

export const createSettle = (parts: SettleParts): Settle => {
  const { access, changes, clock, codeOf, config, database } = parts
  const { directory, forget, lease, link, messageIds, metrics, topics } = parts
  const { groupDelivery } = config

  const publish = async (topic: string, payload: object, retain = false): Promise<void> => {
    await link.publish(topic, Buffer.from(JSON.stringify(payload)), { qos: 1, retain })
    metrics.delivery('notice')
  }

  let announcing: Promise<void> = Promise.resolve()
  /**
   * One after the other, and again when it was no longer so after it was said: another gateway may have said what is newer
   * just before.
   */
  const announceState = (read: () => Promise<readonly [topic: string, state: object | undefined]>): Promise<void> => {
    const announced = announcing.then(async () => {
      let [topic, state] = await read()
      for (let said: string | undefined; said !== JSON.stringify(state ?? null); [topic, state] = await read()) {
        said = JSON.stringify(state ?? null)
        if (state === undefined) await link.publish(topic, Buffer.alloc(0), { qos: 1, retain: true })
        else await publish(topic, { ...state, updated_at: clock.timestamp() }, true)
      }
    })
    announcing = announced.catch(() => undefined)
    return announced
  }
  const announceOrg = (): Promise<void> =>
    announceState(async () => [topics.orgTree, { version: await counters.get(database.kysely, 'org') }])
  const announceCapability = (skill: string): Promise<void> =>
    announceState(async () => {
      const agents = await employees.agents(database.kysely, skill)
      const agentIds = agents.map((agent) => agent.employee_id)
      return [topics.capability(skill), agentIds.length === 0 ? undefined : { skill, agent_ids: agentIds }]
    })

  const inboxesOf = async (groupId: string): Promise<string[]> => {
    const group = await directory.groups.get(groupId)
    return [...(group?.members.keys() ?? [])].map((employeeId) => topics.inbox(employeeId))
  }

  const announce = async (effect: Effect, eventId: string): Promise<void> => {
    const system = (message: SystemNotice): object => ({
      type: 'system',
      event_id: eventId,
      ...message,
      sent_at: clock.timestamp(),
    })
    switch (effect.kind) {
      case 'system_to_inboxes': {
        const message = system(effect.message)
        await Promise.all(effect.employee_ids.map((id) => publish(topics.inbox(id), message)))
        break
      }
      case 'system_to_group': {
        const message = system(effect.message)
        const audience = groupDelivery === 'topic' ? [topics.group(effect.group_id)] : await inboxesOf(effect.group_id)
        await Promise.all(audience.map((topic) => publish(topic, message)))
        break
      }
      case 'profile':
        await publish(topics.profile(effect.event.employee_id), effect.event)
        break
      case 'org_changed':
        await announceOrg()
        break
      case 'challenge_code': {
        const { challenge_id } = effect.challenge
        const event = { type: 'challenge', ...effect.challenge, code: codeOf(challenge_id) }
        const payload = Buffer.from(JSON.stringify(event))
        await Promise.all(
          // Each device's own topic: the inbox is heard by the one that asked, too.
          effect.client_ids.map((id) =>
            link.publish(topics.response(id, challenge_id), payload, { qos: 1, durable: false }),
          ),
        )
        break
      }
      case 'audit_head': {
        const { day, hash, seq, signature } = effect.head
        const updated_at = clock.timestamp()
        await publish(topics.auditHead, { day, seq, hash, signature, updated_at }, true)
        break
      }
      case 'capabilities_changed':
        for (const skill of effect.skills) await announceCapability(skill)
        break
      case 'changed':
        changes.changed(effect.change)
        break
    }
  }

  /** The broker and the other gateways at the same time. */
  const enforce = async (effects: readonly Effect[], exceptClientId: string | undefined): Promise<void> => {
    const concerned = effects.flatMap((effect) => (effect.kind === 'access_changed' ? effect.employee_ids : []))
    const admitted = effects.flatMap((effect) => (effect.kind === 'access_given' ? effect.employee_ids : []))
    const changes = effects.flatMap((effect) => (effect.kind === 'announced' ? [effect.change] : []))
    await Promise.all([
      concerned.length === 0 ? undefined : access.syncEmployees([...new Set(concerned)], exceptClientId),
      admitted.length === 0 ? undefined : access.admitEmployees(admitted),
      ...changes.map((change) => lease.forgotten(change)),
    ])
  }

  return async (effects, origin, whom) => {
    forget(staleOf(effects))
    await enforce(effects, whom === 'everybody' ? undefined : origin.clientId)
    for (const effect of effects) {
      if (effect.kind === 'group_joined') await access.joinGroup(effect.group_id, effect.employee_ids)
    }
    let profiles: Promise<void>[] = []
    for (const [i, effect] of effects.entries()) {
      const announced = (): Promise<void> =>
        announce(effect, messageIds.eventId(origin.clientId, origin.seqId, String(i)))
      if (effect.kind === 'profile') {
        // Many stand together, each on a topic of its own, and none needs the other's acknowledgement.
        profiles.push(announced())
        continue
      }
      await Promise.all(profiles)
      profiles = []
      await announced()
    }
    await Promise.all(profiles)
  }
}
