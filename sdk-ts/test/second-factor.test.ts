import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  AbortedError,
  type Challenge,
  ClientClosedError,
  RequestRejectedError,
  RequestTimeoutError,
} from '../src/index.ts'
import { refuse, SILENCE } from './kit/gateway.ts'
import { record, startWorld, type World } from './kit/world.ts'

const CHALLENGE = { challenge_id: 'chl_1', method: 'totp', expires_at: '2030-01-01T00:00:00.000Z', sent_to: [] }

/** A gateway that asks for the code `123456` before it dismisses a group. */
const strictWorld = async (): Promise<World> => {
  const world = await startWorld()
  world.gateway.on('auth.challenge', () => CHALLENGE)
  world.gateway.on('group.dismiss', ({ input }) => {
    if (input.challenge_id === undefined) return refuse(403, 'challenge_required')
    if (input.challenge_id !== 'chl_1' || input.token !== '123456') return refuse(403, 'challenge_failed')
    return { group_id: input.group_id, dismissed_at: 'now' }
  })
  return world
}

describe('a request that needs a second factor', () => {
  it('is made again with the code that `confirm` answers, and the same seq_id', async () => {
    const { gateway, join } = await strictWorld()
    const asked: unknown[] = []
    const alice = await join('alice', {
      confirm: (challenge) => {
        asked.push(challenge)
        return '123456'
      },
    })
    const done = await alice.group.dismiss({ group_id: 'grp_1' }, { seqId: 'dismiss-1' })
    expect(done).toEqual({ group_id: 'grp_1', dismissed_at: 'now' })
    const about = { action: 'group.dismiss', input: { group_id: 'grp_1' }, triesLeft: 5 }
    expect(asked).toEqual([{ ...CHALLENGE, ...about, signal: expect.any(AbortSignal) }])
    expect(gateway.seen('auth.challenge').map(({ input }) => input)).toEqual([
      { for_action: 'group.dismiss', for_target: 'grp_1' },
    ])
    expect(gateway.seen('group.dismiss').map(({ seqId }) => seqId)).toEqual(['dismiss-1', 'dismiss-1'])
  })

  it('is the same request when it was confirmed, not answered, and is made again', async () => {
    const { gateway, join } = await strictWorld()
    let confirmed = 0
    const alice = await join('alice', {
      confirm: () => {
        confirmed++
        return '123456'
      },
    })
    const dismiss = { group_id: 'grp_1' }
    gateway.first(
      'group.dismiss',
      ({ input }) => (input.challenge_id === undefined ? refuse(403, 'challenge_required') : SILENCE),
      2,
    )
    const lost = await alice.group.dismiss(dismiss, { timeoutMs: 2000 }).catch((error) => error)
    expect(lost).toBeInstanceOf(RequestTimeoutError)
    expect(await alice.group.dismiss(dismiss, { seqId: lost.seqId })).toMatchObject(dismiss)
    const seen = gateway.seen('group.dismiss').slice(1)
    expect(new Set(seen.map(({ input, seqId }) => JSON.stringify([seqId, input])))).toHaveProperty('size', 1)
    expect(confirmed).toBe(1)
  })

  it.each(['its signal fires', 'the client is closed'])('waits for a person no longer than until %s', async (how) => {
    const { join } = await strictWorld()
    const asked = Promise.withResolvers<Challenge>()
    const alice = await join('alice', {
      confirm: (challenge) => {
        asked.resolve(challenge)
        return new Promise(() => undefined)
      },
    })
    const caller = new AbortController()
    const dismissed = alice.group.dismiss({ group_id: 'grp_1' }, { signal: caller.signal }).catch((error) => error)
    const { signal } = await asked.promise
    expect(signal.aborted).toBe(false)
    if (how === 'its signal fires') caller.abort()
    else await alice.close()
    expect(await dismissed).toBeInstanceOf(how === 'its signal fires' ? AbortedError : ClientClosedError)
    expect(signal.aborted).toBe(true)
  })

  it('asks `confirm` again for a wrong code, about the same challenge, and is the same request', async () => {
    const { gateway, join } = await strictWorld()
    const codes = ['000000', '111111', '123456']
    const asked: Challenge[] = []
    const alice = await join('alice', {
      confirm: (challenge) => {
        expect(challenge.signal.aborted).toBe(false)
        return codes[asked.push(challenge) - 1]
      },
    })
    expect(await alice.group.dismiss({ group_id: 'grp_1' }, { seqId: 'dismiss-1' })).toMatchObject({
      dismissed_at: 'now',
    })
    expect(asked.map(({ challenge_id, failed, triesLeft }) => [challenge_id, failed, triesLeft])).toEqual([
      ['chl_1', undefined, 5],
      ['chl_1', 'code_refused', 4],
      ['chl_1', 'code_refused', 3],
    ])
    // It is over for whoever has shown it, and was one question all the time.
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(new Set(asked.map(({ signal }) => signal)).size).toBe(1)
    expect(gateway.seen('auth.challenge')).toHaveLength(1)
    expect(new Set(gateway.seen('group.dismiss').map(({ seqId }) => seqId))).toEqual(new Set(['dismiss-1']))
  })

  it('fails when the challenge takes no further code, and when the person gives up', async () => {
    const { gateway, join } = await strictWorld()
    const dismiss = { group_id: 'grp_1' }
    const left: number[] = []
    const guesser = await join('bob', {
      confirm: ({ triesLeft }) => {
        left.push(triesLeft)
        return '000000'
      },
    })
    await expect(guesser.group.dismiss(dismiss)).rejects.toMatchObject({ code: 403, reason: 'challenge_failed' })
    expect(left).toEqual([5, 4, 3, 2, 1])
    expect(gateway.seen('auth.challenge')).toHaveLength(1)
    const tired = await join('carol', { confirm: ({ failed }) => (failed === undefined ? '000000' : undefined) })
    await expect(tired.group.dismiss(dismiss)).rejects.toMatchObject({ reason: 'challenge_failed' })
    const busy = await join('dave', { confirm: () => undefined })
    await expect(busy.group.dismiss(dismiss)).rejects.toMatchObject({ reason: 'challenge_required' })
  })

  it('is asked for with another challenge where the code came too late', async () => {
    const { gateway, join } = await strictWorld()
    gateway.first('auth.challenge', () => ({ ...CHALLENGE, challenge_id: 'chl_0' }))
    const asked: Challenge[] = []
    const alice = await join('alice', {
      confirm: (challenge) => {
        if (asked.push(challenge) === 1) vi.setSystemTime(Date.now() + 5 * 60_000)
        return '123456'
      },
    })
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    expect(await alice.group.dismiss({ group_id: 'grp_1' })).toMatchObject({ dismissed_at: 'now' })
    expect(asked.map(({ challenge_id, failed, triesLeft }) => [challenge_id, failed, triesLeft])).toEqual([
      ['chl_0', undefined, 5],
      ['chl_1', 'expired', 5],
    ])
  })

  it('names no target where it is about oneself', async () => {
    const { gateway, join } = await strictWorld()
    gateway.first('auth.totp_remove', () => refuse(403, 'challenge_required'))
    gateway.on('auth.totp_remove', () => refuse(403, 'challenge_required'))
    const alice = await join('alice', { confirm: async () => '123456' })
    await expect(alice.auth.totpRemove()).rejects.toMatchObject({ reason: 'challenge_required' })
    expect(gateway.seen('auth.challenge').map(({ input }) => input)).toEqual([{ for_action: 'auth.totp_remove' }])
    // Asked once; a gateway that asks again is not followed for ever.
    expect(gateway.seen('auth.totp_remove')).toHaveLength(2)
  })

  it('fails as it was refused without `confirm`, and with what `confirm` throws', async () => {
    const { gateway, join } = await strictWorld()
    const dismiss = { group_id: 'grp_1' }
    const plain = await join('alice')
    await expect(plain.group.dismiss(dismiss)).rejects.toBeInstanceOf(RequestRejectedError)
    await expect(plain.group.dismiss(dismiss)).rejects.toMatchObject({ reason: 'challenge_required' })
    expect(gateway.seen('auth.challenge')).toEqual([])
    const unwilling = await join('carol', {
      confirm: () => {
        throw new Error('no thanks')
      },
    })
    await expect(unwilling.group.dismiss(dismiss)).rejects.toThrow('no thanks')
  })
})

it('shows once what another device of the employee asks for', async () => {
  const { broker, gateway, join } = await startWorld()
  const alice = await join('alice')
  const challenges = record(alice, 'challenge')
  const shown = {
    type: 'challenge',
    challenge_id: 'chl_1',
    code: '01234567',
    for_action: 'group.dismiss',
    for_target: 'grp_1',
    requested_by: 'alice_web_1',
    expires_at: '2030-01-01T00:00:00.000Z',
  }
  gateway.on('org.tree', () => ({ version: 1 }))
  const topic = `mchat/msg/resp/${alice.clientId}/chl_1`
  for (let i = 0; i < 2; i++) await broker.publish(topic, shown)
  expect(await challenges.find()).toEqual(shown)
  await alice.org.tree()
  expect(challenges.all).toHaveLength(1)
})
