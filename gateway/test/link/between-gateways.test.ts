import { expect, test } from 'vitest'
import { createTopics } from '../../../schema/src/index.ts'
import { type BetweenGateways, createBetweenGateways } from '../../src/link/between-gateways.ts'

const topics = createTopics()

/** Two gateways, and a broker between them that loses what it is told to. */
const twoGateways = (answer: (question: object) => unknown) => {
  const gateways = new Map<string, BetweenGateways>()
  const published: { readonly topic: string; readonly qos: number }[] = []
  const lost = new Set<number>()
  const link = {
    async publish(topic: string, payload: Buffer, { qos }: { readonly qos: number }) {
      published.push({ topic, qos })
      if (lost.has(published.length)) return
      for (const [name, gateway] of gateways) if (topics.gateway(name) === topic) gateway.heard(payload)
    },
  }
  const open = (instance: string, own: (question: object) => unknown): BetweenGateways => {
    const between = createBetweenGateways({ link, topics, instance, answer: own })
    gateways.set(instance, between)
    return between
  }
  return { one: open('one', () => undefined), two: open('two', answer), published, lost }
}

test('one gateway asks another, and it alone, and has its answer', async () => {
  const { one, published } = twoGateways((question) => ({ ...question, by: 'two' }))
  expect(await one.ask('two', { about: 'x' })).toEqual({ about: 'x', by: 'two' })
  expect(published).toEqual([
    { topic: 'mchat/gateway/two', qos: 1 },
    { topic: 'mchat/gateway/one', qos: 1 },
  ])
})

test('a question is asked again when it or its answer is lost, and answered once', async () => {
  const questions: object[] = []
  const { lost, one } = twoGateways((question) => questions.push(question))
  // The question; then the answer to it.
  for (const nth of [1, 3]) lost.add(nth)
  expect(await one.ask('two', { about: 'x' })).toBe(1)
  expect(questions).toEqual([{ about: 'x' }])
})

test('nobody waits for a gateway that is gone, or does not understand', async () => {
  const { one } = twoGateways(() => undefined)
  const unavailable = expect.objectContaining({ key: 'broker_unavailable' })
  const asked = ['two', 'nobody'].map((name) => one.ask(name, { about: 'x' }))
  for (const each of await Promise.allSettled(asked)) expect(each).toMatchObject({ reason: unavailable })
})

test('news are told once at QoS 0, and nobody answers them', () => {
  const news: object[] = []
  const { one, published } = twoGateways((each) => news.push(each))
  one.tell('two', { about: 'x' })
  expect(news).toEqual([{ about: 'x' }])
  expect(published).toEqual([{ topic: 'mchat/gateway/two', qos: 0 }])
})
