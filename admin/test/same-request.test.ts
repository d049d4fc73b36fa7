import { RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import { expect, test } from 'vitest'
import type { Noun } from '../src/calls/nouns.ts'
import { createSameRequests } from '../src/calls/same-request.ts'

const ABOUT = { action: 'group.member_add', seqId: 's1' }
const lost = (): Promise<never> => Promise.reject(new RequestTimeoutError(ABOUT, 30_000))
const refused = (code: number) => (): Promise<never> =>
  Promise.reject(new RequestRejectedError(ABOUT, { code, message: '', reason: 'busy', data: null }))
const done = () => Promise.resolve('done')

/** Under which seq_id each of these was sent. */
const record = () => {
  const sent: (string | undefined)[] = []
  const same = createSameRequests()
  const asks =
    (action: string, moves: readonly Noun[], creates = false) =>
    (input: object, answer: () => Promise<unknown> = done) =>
      same
        .send({ action, input, moves, creates }, (seqId) => {
          sent.push(seqId)
          return answer()
        })
        .catch(() => undefined)
  return {
    sent,
    moved: same.moved,
    add: asks('group.member_add', ['group']),
    remove: asks('group.member_remove', ['group']),
    found: asks('group.create', ['group'], true),
    announce: asks('system.announce', ['announcement'], true),
  }
}

test('what was not answered is the same request when it is tried again', async () => {
  const { add, sent } = record()
  await add({ id: 'ben' }, lost)
  await add({ id: 'ben' }, refused(503))
  await add({ id: 'ben' })
  expect(sent).toEqual([undefined, 's1', 's1'])
})

test('what was answered is another request when it is wanted again', async () => {
  const { add, sent } = record()
  await add({ id: 'ben' }, lost)
  await add({ id: 'ben' })
  await add({ id: 'ben' })
  expect(sent).toEqual([undefined, 's1', undefined])
})

test('another input is another request, and so is what was refused', async () => {
  const { add, sent } = record()
  await add({ id: 'ben' }, lost)
  await add({ id: 'ann' })
  await add({ id: 'ben' }, lost)
  await add({ id: 'ben' }, refused(403))
  await add({ id: 'ben' })
  expect(sent).toEqual([undefined, undefined, undefined, 's1', undefined])
})

test('what was taken back in between is another request, though the first was never answered', async () => {
  const { add, remove, sent } = record()
  await add({ id: 'ben' }, lost)
  await remove({ id: 'ben' })
  await add({ id: 'ben' })
  expect(sent).toEqual([undefined, undefined, undefined])
})

test('something else that was done leaves it the same request', async () => {
  const { add, announce, sent } = record()
  await add({ id: 'ben' }, lost)
  await announce({ body: 'Lunch is ready' })
  await add({ id: 'ben' })
  expect(sent).toEqual([undefined, undefined, 's1'])
})

test('two at the same time are two requests', async () => {
  const { add, sent } = record()
  await add({ id: 'ben' }, lost)
  await Promise.all([add({ id: 'ben' }), add({ id: 'ben' })])
  expect(sent).toEqual([undefined, 's1', undefined])
})

test('what was taken back by somebody else is another request, and so is what may have been', async () => {
  const { add, moved, sent } = record()
  await add({ id: 'ben' }, lost)
  moved(['employee'])
  await add({ id: 'ben' }, lost)
  moved(['group'])
  await add({ id: 'ben' }, lost)
  moved()
  await add({ id: 'ben' })
  expect(sent).toEqual([undefined, 's1', undefined, undefined])
})

test('what creates something is the same request whatever happens in between: there would be two of it', async () => {
  const { add, found, moved, sent } = record()
  await found({ name: 'Lab' }, lost)
  await add({ id: 'ben' })
  moved(['group'])
  moved()
  await found({ name: 'Lab' })
  await found({ name: 'Lab' })
  expect(sent).toEqual([undefined, undefined, 's1', undefined])
})
