import { expect, test } from 'vitest'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import type { Person } from '../kit/person.ts'

const MEMBERS = 12
const PER_SECOND = 10
const ASKED = 400

/** One request that becomes many deliveries: how many there are at most, and how often. */
onEveryBroker(
  'groups that are to be large',
  (bench) => {
    test('T70: one message to many is limited in how many they are and in how often', async () => {
      const gateway = bench.current
      const owner = await gateway.hire()
      const crowd: Person[] = []
      while (crowd.length < MEMBERS - 1) crowd.push(await gateway.hire())
      const { group_id } = await gateway.foundGroup({ owner, members: crowd })
      const writer = await owner.connect()
      const listeners = await Promise.all(crowd.slice(0, 3).map((person) => person.connect()))
      for (const listener of listeners) await listener.group(group_id)

      const late = await gateway.hire()
      const grown = await writer.request('group.member_add', { group_id, member_ids: [late.id] })
      expect(grown).toMatchObject({ code: 409, reason: 'group_full' })

      const before = process.memoryUsage().rss
      const started = performance.now()
      const codes: number[] = []
      // More than may be, for as long as it takes: whoever is refused goes on asking.
      for (let i = 0; i < ASKED; i += 20) {
        const burst = Array.from({ length: 20 }, () => writer.request('msg.send_group', { group_id, content: 'x' }))
        codes.push(...(await Promise.all(burst)).map(({ code }) => code))
      }
      const seconds = (performance.now() - started) / 1000
      const sent = codes.filter((code) => code === 0).length
      expect(new Set(codes)).toEqual(new Set([0, 429]))
      // A second's worth at once, and then as many as time has passed; instances may be a fifth off.
      expect(sent).toBeLessThanOrEqual(1.2 * PER_SECOND * (seconds + bench.gateways))
      for (const listener of listeners) {
        await listener.settled()
        const heard = listener.received.filter(({ json }) => json.type === 'group' && json.group_id === group_id)
        expect(heard).toHaveLength(sent)
      }
      expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(100)
    })
  },
  {
    config: {
      rateLimit: true,
      limits: {
        requestsPerSecondPerClient: 1e4,
        requestBurstPerClient: 1e4,
        requestsPerSecondPerEmployee: 1e4,
        changesPerSecondPerEmployee: 1e4,
        refusalsPerSecondPerClient: 1e4,
        messagesPerSecondPerGroup: PER_SECOND,
        groupMembers: MEMBERS,
      },
    },
  },
)
