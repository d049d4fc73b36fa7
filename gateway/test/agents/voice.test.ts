import { expect, test } from 'vitest'
import { createTopics } from '../../../schema/src/index.ts'
import { createAgentVoice, type VoiceParts } from '../../src/agents/voice.ts'
import type { PublishOptions } from '../../src/link/link.ts'
import { systemClock } from '../../src/platform/clock.ts'

/** A memory that has to be asked again after each time it has forgotten. */
const memoryOf = <T>(entries: ReadonlyMap<string, T>) => {
  const remembered = new Set<string>()
  return {
    peek: (key: string) => (remembered.has(key) ? entries.get(key) : undefined),
    async get(key: string) {
      remembered.add(key)
      return entries.get(key)
    },
    forget: () => remembered.clear(),
  }
}

/** A group of an agent and two people, and a link that publishes nothing before it is told to. */
const arrange = () => {
  const members = new Map([
    ['agent', {}],
    ['ann', {}],
    ['bob', {}],
  ] as const) as Map<string, object>
  const people = new Map([...members.keys()].map((employeeId) => [employeeId, { employeeId, active: true }]))
  const groups = memoryOf(new Map([['grp_1', { groupId: 'grp_1', members }]]))
  const employees = memoryOf(people)
  const published: string[] = []
  const go = Promise.withResolvers<void>()
  const link = {
    async publish(topic: string, _payload: Buffer, { stillHolds = () => true }: PublishOptions) {
      await go.promise
      for (let asked = 0; asked < 10; asked++) {
        const answer = stillHolds()
        if (answer === true) published.push(topic)
        if (typeof answer === 'boolean' || !(await answer)) return
      }
      throw new Error('there is no answer')
    },
  }
  const parts = {
    config: { groupDelivery: 'inbox' },
    topics: createTopics(),
    directory: { groups, employees },
    mentions: { find: async () => [] },
    messageIds: { messageId: () => 'msg_1', proof: () => 'proof' },
    link,
    metrics: { delivery: () => undefined, message: () => undefined },
    clock: systemClock(),
  }
  const voice = createAgentVoice(parts as unknown as VoiceParts)
  const place = {
    runId: 'run_1',
    agentId: 'agent',
    askerId: 'ann',
    groupId: 'grp_1',
    conversation: 'group|grp_1',
    inReplyTo: 'msg_0',
  }
  const forget = (): void => {
    groups.forget()
    employees.forget()
  }
  return { members, people, published, forget, go: go.resolve, say: () => voice.say(place, 0, 'hello', []) }
}

const INBOXES = ['mchat/inbox/agent', 'mchat/inbox/ann', 'mchat/inbox/bob']

test('an answer goes to the members that there are when it is published', async () => {
  const { forget, go, members, published, say } = arrange()
  const said = say()
  await new Promise(setImmediate)
  members.delete('bob')
  forget()
  go()
  await said
  expect(published.sort()).toEqual(INBOXES.slice(0, 2))
})

test.each([
  ['has left', ({ members }: ReturnType<typeof arrange>) => members.delete('agent')],
  [
    'is not active any more',
    ({ people }: ReturnType<typeof arrange>) => people.set('agent', { employeeId: 'agent', active: false }),
  ],
])('nobody hears an agent that %s by then', async (_what, change) => {
  const scene = arrange()
  const said = scene.say()
  await new Promise(setImmediate)
  change(scene)
  scene.forget()
  scene.go()
  await said
  expect(scene.published).toEqual([])
})

test('what is remembered is not asked for again', async () => {
  const { go, published, say } = arrange()
  go()
  await say()
  expect(published.sort()).toEqual(INBOXES)
})
