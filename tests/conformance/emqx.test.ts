import { describe, expect, test } from 'vitest'
import { accessConformance, topics } from './access.ts'
import { openEmqxAccessBench, openEmqxLinkBench } from './emqx-bench.ts'
import { linkConformance } from './link.ts'

describe('the link to EMQX', () => {
  linkConformance(openEmqxLinkBench)

  test('the requests that a dead gateway has not answered go to another one', async () => {
    await using bench = await openEmqxLinkBench()
    const first = bench.openLink()
    const taken = Promise.withResolvers<string>()
    await first.start(async ({ topic }) => {
      taken.resolve(topic)
      await new Promise(() => {})
    })
    await using raw = await bench.connect('ann_web_1')
    await raw.publish({ topic: topics.request('ann_web_1', 's1'), payload: '{}', qos: 1 })
    await taken.promise
    const again = Promise.withResolvers<string>()
    await bench.link.start(async ({ topic }) => again.resolve(topic))
    first.abandon()
    expect(await again.promise).toBe(topics.request('ann_web_1', 's1'))
  })
})

describe('access on EMQX', () => {
  accessConformance(() => openEmqxAccessBench())

  test('a durable session that is away is ended when it has lost something, since it cannot be told', async () => {
    await using bench = await openEmqxAccessBench(true)
    for (const employeeId of ['ann', 'bob']) await bench.hire(employeeId)
    await bench.found('g1')
    await bench.join('g1', 'ann')
    const away = await bench.connect('ann_phone_1', { clean: false })
    await away?.subscribe(topics.group('g1'))
    const other = await bench.connect('ann_web_1', { clean: false })
    await other?.subscribe(topics.inbox('ann'))
    for (const raw of [away, other]) await raw?.disconnect()
    await bench.leave('g1', 'ann')
    await bench.access.syncEmployees(['ann'])
    await bench.publish(topics.group('g1'), 'after')
    await bench.publish(topics.inbox('ann'), 'inbox')
    expect([...bench.emqx.broker.channels.keys()]).not.toContain('ann_phone_1')
    await using back = await bench.connect('ann_web_1', { clean: false })
    expect((await back?.nextPublish())?.payload.toString()).toBe('inbox')
  })

  test('a share of what one may hear is ended as well, when EMQX has let it pass', async () => {
    await using bench = await openEmqxAccessBench()
    await bench.hire('ann')
    await using raw = await bench.connect('ann_web_1')
    expect(await raw?.subscribe(`$share/mine/${topics.inbox('ann')}`, topics.inbox('ann'))).toEqual([1, 1])
    await bench.access.syncEmployees(['ann'])
    const left = bench.emqx.broker.channels.get('ann_web_1')?.session.subscriptions.keys()
    expect([...(left ?? [])]).toEqual([topics.inbox('ann')])
  })
})
