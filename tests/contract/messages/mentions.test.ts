import { beforeAll, expect, test } from 'vitest'
import { LIMITS } from '../../../schema/src/index.ts'
import type { Device } from '../../kit/device.ts'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'

/** Contract 4.1: the gateway adds whom the text mentions to what the sender says. */
onEveryDatabase('the mentions of a message', (kind) => {
  const shared = sharedGateway(kind)
  let ann: Device
  let group_id: string

  beforeAll(async () => {
    const gateway = shared.current
    const members = []
    for (const [employee_id, name] of [
      ['m.bob', 'Bob'],
      ['m-li', '李 雷'],
      ['m-han1', '韩梅梅'],
      ['m-han2', '韩梅梅'],
      ['m-zhang', '张伟'],
      ['m-zhangli', '张伟丽'],
      ['m-plus', 'C++ (dev)'],
    ] as const) {
      members.push(await gateway.hire({ employee_id, name }))
    }
    const owner = await gateway.hire({ employee_id: 'm-ann', name: 'Ann' })
    await gateway.hire({ employee_id: 'm-outside', name: 'Outsider' })
    ann = await owner.connect()
    group_id = (await gateway.foundGroup({ owner, members })).group_id
    await ann.group(group_id)
  })

  const mentionsIn = async (content: unknown, mentions?: readonly string[]): Promise<unknown> => {
    const input = { group_id, content, ...(mentions === undefined ? {} : { mentions }) }
    const answer = await ann.request('msg.send_group', input)
    expect(answer.code).toBe(0)
    return (await (await ann.group(group_id)).next(({ json }) => json.msg_id === answer.data?.msg_id)).json.mentions
  }

  test.each<[string, unknown, readonly string[] | undefined]>([
    ['an id', 'look @m.bob', ['m.bob']],
    ['an id at the end of a sentence', 'look, @m.bob.', ['m.bob']],
    ['an id before punctuation', '(@m-zhang), @m.bob!', ['m-zhang', 'm.bob']],
    ['a name', 'look @Bob', ['m.bob']],
    ['a name with a space', 'look @李 雷, now', ['m-li']],
    ['a name inside Chinese', '请@张伟看一下', ['m-zhang']],
    ['the longest name', '请@张伟丽看一下', ['m-zhangli']],
    ['a name with signs', '@C++ (dev) look', ['m-plus']],
    ['a name that two have', 'look @韩梅梅', undefined],
    ['one of two by id', 'look @m-han2', ['m-han2']],
    ['the same one twice', '@Bob @m.bob @Bob', ['m.bob']],
    ['a longer word', 'look @Bobby and @m.bobby', undefined],
    ['an e-mail address', 'mail x@Bob or x@m.bob', undefined],
    ['inline code', 'run `@Bob` now', undefined],
    ['a block of code', 'run\n```\n@Bob\n``` now', undefined],
    ['after code', '`x` @Bob', ['m.bob']],
    ['somebody outside the group', '@m-outside @Outsider', undefined],
    ['nobody', 'a @ b @@ c @nobody', undefined],
    ['oneself', '@Ann', ['m-ann']],
    ['a text content', { type: 'text', body: { text: '@Bob' } }, ['m.bob']],
    ['a markdown content', { type: 'markdown', body: { text: '**@Bob**' } }, ['m.bob']],
    ['a content of another type', { type: 'card', body: { text: '@Bob' } }, undefined],
  ])('%s', async (_what, content, expected) => {
    expect(await mentionsIn(content)).toEqual(expected)
  })

  test('what the sender says comes first; who is not in the group is left out', async () => {
    expect(await mentionsIn('@Bob', ['m-zhang', 'm-outside', 'nobody', '*'])).toEqual(['m-zhang', '*', 'm.bob'])
    expect(await mentionsIn('hi', ['m-outside'])).toBeUndefined()
    expect(await mentionsIn('hi', ['*'])).toEqual(['*'])
  })

  test('a new name counts, the old one no longer', async () => {
    const office = await shared.current.office
    await office.call('employee.update', { employee_id: 'm-zhang', updates: { name: '王芳' } })
    expect(await mentionsIn('@王芳 @张伟')).toEqual(['m-zhang'])
    await office.call('employee.update', { employee_id: 'm-zhang', updates: { name: '张伟' } })
    expect(await mentionsIn('@王芳 @张伟')).toEqual(['m-zhang'])
  })

  test('in a private conversation are those of the two', async () => {
    const bob = 'm.bob'
    const input = { to_employee_id: bob, content: 'x', mentions: [bob, 'm-zhang', '*', 'm-ann'] }
    await ann.call('msg.send_private', { ...input, to_employee_id: 'm-ann', mentions: ['m-ann', bob] })
    expect((await ann.inbox.next('private')).json.mentions).toEqual(['m-ann'])
    expect(await ann.request('msg.send_private', input)).toMatchObject({ code: 0 })
    const tooMany = Array.from({ length: LIMITS.mentions + 1 }, (_, i) => `e${i}`)
    expect(await ann.request('msg.send_private', { ...input, mentions: tooMany })).toMatchObject({ code: 400 })
  })
})
