import { RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import { expect, test } from 'vitest'
import { createSameRequest } from '../src/calls/same-request.ts'

const ABOUT = { action: 'group.member_add', seqId: 's1' }
const lost = (): Promise<never> => Promise.reject(new RequestTimeoutError(ABOUT, 30_000))
const refused = (code: number) => (): Promise<never> =>
  Promise.reject(new RequestRejectedError(ABOUT, { code, message: '', reason: 'busy', data: null }))

/** Under which seq_id each of these was sent. */
const record = () => {
  const sent: (string | undefined)[] = []
  const same = createSameRequest()
  return {
    sent,
    send: (input: object, answer: () => Promise<unknown> = () => Promise.resolve('done')) =>
      same
        .send(input, (seqId) => {
          sent.push(seqId)
          return answer()
        })
        .catch(() => undefined),
  }
}

test('what was not answered is the same request when it is tried again', async () => {
  const { send, sent } = record()
  await send({ id: 'ben' }, lost)
  await send({ id: 'ben' }, refused(503))
  await send({ id: 'ben' })
  expect(sent).toEqual([undefined, 's1', 's1'])
})

test('what was answered is another request when it is wanted again', async () => {
  const { send, sent } = record()
  await send({ id: 'ben' }, lost)
  await send({ id: 'ben' })
  await send({ id: 'ben' })
  expect(sent).toEqual([undefined, 's1', undefined])
})

test('another input is another request, and so is what was refused', async () => {
  const { send, sent } = record()
  await send({ id: 'ben' }, lost)
  await send({ id: 'ann' })
  await send({ id: 'ben' }, lost)
  await send({ id: 'ben' }, refused(403))
  await send({ id: 'ben' })
  expect(sent).toEqual([undefined, undefined, undefined, 's1', undefined])
})
