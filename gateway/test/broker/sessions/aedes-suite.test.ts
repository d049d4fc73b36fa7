import assert from 'node:assert'
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { JournalPersistence } from '../../../src/broker/sessions/aedes-persistence.ts'
import { openRig, type Rig } from './rig.ts'

interface SuiteTest {
  readonly assert: typeof import('node:assert')
  plan(count: number): void
  diagnostic(message: string): void
}

type Suite = (options: {
  test: (name: string, run: (t: SuiteTest) => Promise<void>) => void
  persistence: () => Promise<unknown>
  testAsync: boolean
}) => void

const require = createRequire(import.meta.url)
const suite = require('aedes-persistence/abstract.js') as Suite
const rigs: Rig[] = []

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.sessions.close()))
})

/** The suite's own tests, each as one of ours. */
suite({
  test: (name, run) => {
    test(`aedes-persistence: ${name}`, async () => {
      let planned: number | undefined
      let asserted = 0
      const counting = new Proxy(assert, {
        get(target, property) {
          asserted++
          return Reflect.get(target, property)
        },
      })
      await run({
        assert: counting,
        plan: (count) => {
          planned = count
        },
        diagnostic: () => undefined,
      })
      if (planned !== undefined) expect(asserted).toBe(planned)
    })
  },
  persistence: async () => {
    const rig = await openRig()
    rigs.push(rig)
    return new JournalPersistence(rig.sessions, { delivery: 'aedes' })
  },
  testAsync: true,
})

test('where Sessions delivers, aedes is shown nothing that it would send', async () => {
  const rig = await openRig()
  rigs.push(rig)
  const persistence = new JournalPersistence(rig.sessions)
  await persistence.setup({ id: 'broker' })
  await persistence.addSubscriptions({ id: 'a' }, [{ topic: 't', qos: 1 }])
  await persistence.storeRetained({ topic: 't', payload: Buffer.from('x'), qos: 1, retain: true })
  await rig.publish('t', 'm')
  const all = (stream: Readable): Promise<unknown[]> => stream.toArray()
  expect(await persistence.subscriptionsByTopic('t')).toEqual([])
  expect(await all(persistence.outgoingStream({ id: 'a' }))).toEqual([])
  expect(await all(persistence.createRetainedStreamCombi(['#']))).toEqual([])
  await persistence.putWill({ id: 'a', closed: false }, { topic: 'w', payload: Buffer.from('gone'), qos: 1 })
  expect(await all(persistence.streamWill())).toEqual([])
  await persistence.outgoingEnqueueCombi([], { topic: 't' })
  await expect(persistence.outgoingEnqueue({ clientId: 'a' }, { topic: 't' })).rejects.toThrow('Sessions')
  const connection = rig.attach('a')
  expect(connection.texts).toEqual(['m'])
  await persistence.outgoingClearMessageId({ id: 'a' }, { messageId: connection.received[0]?.packetId ?? 0 })
  expect(rig.sessions.stats().queuedMessages).toBe(0)
})

test('a connection that is taken over does not take the will of its successor with it', async () => {
  const rig = await openRig()
  rigs.push(rig)
  const persistence = new JournalPersistence(rig.sessions)
  await persistence.setup({ id: 'broker' })
  const first = { id: 'a', closed: false }
  const second = { id: 'a', closed: false }
  await persistence.putWill(first, { topic: 'w', payload: Buffer.from('first') })
  await persistence.delWill(second)
  await persistence.putWill(second, { topic: 'w', payload: Buffer.from('second') })
  first.closed = true
  await persistence.delWill({ id: 'a' })
  expect([...rig.sessions.wills()].map(({ payload }) => String(payload))).toEqual(['second'])
  second.closed = true
  await persistence.delWill({ id: 'a' })
  expect([...rig.sessions.wills()]).toEqual([])
})
