import type { ClientEvents, EventName, Handler, Message, ReadAck, SystemMessage } from '@mchat/sdk'
import { AbortedError, RequestRejectedError, RequestTimeoutError } from '@mchat/sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Chat, type ChatClient, createChat } from '../src/pages/playground/chat.ts'
import { type ChatMessage, MOST_ENTRIES, type Place } from '../src/pages/playground/conversation.ts'

interface Asked {
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly seqId: string | undefined
  readonly answer: (output: object) => Promise<void>
  readonly fail: (error: Error) => Promise<void>
}

const BEN: Place = { type: 'private', id: 'ben' }
const TEAM: Place = { type: 'group', id: 'team' }
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let handlers: Map<EventName, ((event: never) => unknown)[]>
let asked: Asked[]
let chat: Chat

const emit = <N extends EventName>(name: N, event: ClientEvents[N]): void => {
  for (const handler of handlers.get(name) ?? []) handler(event as never)
}

beforeEach(() => {
  handlers = new Map()
  asked = []
  const client: ChatClient = {
    employeeId: 'me',
    on: <N extends EventName>(name: N, handler: Handler<N>) => {
      handlers.set(name, [...(handlers.get(name) ?? []), handler as never])
      return () => undefined
    },
    request: ((action: string, input: Record<string, unknown>, options?: { readonly seqId?: string }) => {
      const { promise, reject, resolve } = Promise.withResolvers<object>()
      asked.push({
        action,
        input,
        seqId: options?.seqId,
        answer: (output) => {
          resolve(output)
          return settled()
        },
        fail: (error) => {
          reject(error)
          return settled()
        },
      })
      return promise
    }) as ChatClient['request'],
    files: { upload: (() => Promise.reject(new AbortedError('gone'))) as ChatClient['files']['upload'] },
  }
  chat = createChat(client)
  chat.follow()
})
afterEach(() => {
  vi.useRealTimers()
})

let count = 0
const message = (more: Partial<Message> = {}): Message => ({
  msg_id: `msg_${++count}`,
  type: 'private',
  from_employee_id: 'ben',
  to_employee_id: 'me',
  content: 'hello',
  sent_at: '2030-01-01T00:00:00.000Z',
  proof: '',
  ...more,
})
const toTeam = (more: Partial<Message> = {}): Message => {
  const { to_employee_id: _, ...rest } = message({ type: 'group', group_id: 'team', ...more })
  return rest
}
const of = ({ id, type }: Place) => {
  const conversation = chat.conversations.get(`${type}/${id}`)
  if (conversation === undefined) throw new Error('there is no such conversation')
  return conversation
}
const messages = (place: Place): readonly ChatMessage[] =>
  of(place).entries.filter((entry): entry is ChatMessage => entry.kind === 'message')
const texts = (place: Place): readonly unknown[] => messages(place).map(({ content }) => content)
const last = (): Asked => {
  const request = asked.at(-1)
  if (request === undefined) throw new Error('nothing was asked')
  return request
}
const ABOUT = { sent_at: '2030-01-01T00:00:01.000Z', proof: '' }

describe('what arrives in the playground', () => {
  it('opens a conversation by itself, counts as unread, and is acknowledged when it was seen', async () => {
    const [one, two] = [message(), message({ content: 'again' })]
    emit('message', one)
    emit('message', two)
    expect(texts(BEN)).toEqual(['hello', 'again'])
    expect(of(BEN).unread).toHaveLength(2)
    chat.read('private/ben')
    expect(of(BEN).unread).toEqual([])
    const msg_ids = [one.msg_id, two.msg_id]
    expect(last()).toMatchObject({ action: 'msg.read_ack', input: { peer_employee_id: 'ben', msg_ids } })
  })

  it('acknowledges the messages of a group writer by writer, a hundred at a time', () => {
    for (let n = 0; n < 150; n++) emit('message', toTeam())
    emit('message', toTeam({ from_employee_id: 'ann', mentions: ['me'] }))
    expect(of(TEAM).isMentioned).toBe(true)
    chat.read('group/team')
    const acks = asked.map(({ input }) => [input.writer_employee_id, (input.msg_ids as unknown[]).length])
    expect(acks).toEqual([
      ['ben', 100],
      ['ben', 50],
      ['ann', 1],
    ])
    expect(of(TEAM).isMentioned).toBe(false)
  })

  it('is edited by its writer alone, taken back, reacted to, and read', () => {
    const mine = message({ from_employee_id: 'me', to_employee_id: 'ben' })
    emit('sync', { type: 'sent', from_client_id: 'phone', message: mine })
    const about = { msg_id: mine.msg_id, event_id: '', from_employee_id: 'ben', to_employee_id: 'me', ...ABOUT }
    emit('edit', { type: 'edit', ...about, content: 'forged' })
    expect(texts(BEN)).toEqual(['hello'])
    emit('sync', {
      type: 'event',
      from_client_id: 'phone',
      event: { type: 'edit', ...about, from_employee_id: 'me', to_employee_id: 'ben', content: 'better' },
    })
    expect(messages(BEN)[0]).toMatchObject({ content: 'better', isEdited: true })
    for (const removed of [false, false, true, false])
      emit('reaction', { type: 'reaction', ...about, emoji: '👍', removed })
    expect(messages(BEN)[0]?.reactions).toEqual([{ emoji: '👍', by: ['ben'] }])
    const read: ReadAck = {
      ...about,
      conversation_type: 'private',
      msg_ids: [mine.msg_id],
      type: 'read_ack',
      read_at: '',
    }
    emit('read_ack', read)
    emit('read_ack', read)
    expect(messages(BEN)[0]?.readBy).toEqual(['ben'])
    emit('recall', { type: 'recall', ...about })
    expect(messages(BEN)[0]).toMatchObject({ content: '', recalledBy: 'ben' })
  })

  it('is not unread any more when it was read on another device, or taken back', () => {
    const [one, two] = [message(), message()]
    emit('message', one)
    emit('message', two)
    const about = { event_id: '', from_employee_id: 'me', to_employee_id: 'ben', read_at: '' }
    const event: ReadAck = { type: 'read_ack', conversation_type: 'private', msg_ids: [one.msg_id], ...about }
    emit('sync', { type: 'event', from_client_id: 'phone', event })
    emit('recall', { type: 'recall', msg_id: two.msg_id, event_id: '', from_employee_id: 'ben', sent_at: '' })
    expect(of(BEN).unread).toEqual([])
  })

  it('keeps a bounded number of messages', () => {
    for (let n = 0; n < MOST_ENTRIES + 10; n++) emit('message', message({ content: String(n) }))
    expect(of(BEN).entries).toHaveLength(MOST_ENTRIES)
    expect(texts(BEN)[0]).toBe('10')
    expect(of(BEN).unread).toHaveLength(MOST_ENTRIES)
  })

  it('says who is writing until they are silent, or have said it', () => {
    vi.useFakeTimers()
    chat.conversations.open(BEN)
    const typing = { type: 'typing', from_employee_id: 'ben', to_employee_id: 'me', sent_at: '' } as const
    emit('typing', typing)
    expect(of(BEN).typing).toEqual(['ben'])
    vi.advanceTimersByTime(6001)
    expect(of(BEN).typing).toEqual([])
    emit('typing', typing)
    emit('message', message())
    expect(of(BEN).typing).toEqual([])
  })

  it('says where something is missing', () => {
    emit('message', toTeam())
    emit('session', { state: 'gap', reason: 'counter', from_employee_id: 'ben', group_id: 'team', missed: 3 })
    emit('session', { state: 'gap', reason: 'session_lost' })
    expect(of(TEAM).entries.slice(1)).toMatchObject([
      { news: { action: 'gap', missed: 3 } },
      { news: { action: 'gap', missed: undefined } },
    ])
  })

  it('closes a group that one was removed from, and opens it again', () => {
    const about = { type: 'system', group_id: 'team', event_id: '', sent_at: '' } as const
    emit('system', { ...about, action: 'member_removed', employee_ids: ['ann'] })
    expect(of(TEAM).isLeft).toBe(false)
    emit('system', { ...about, action: 'member_removed', employee_ids: ['me'] })
    expect(of(TEAM).isLeft).toBe(true)
    emit('system', { ...about, action: 'member_added', employee_ids: ['me'] })
    expect(of(TEAM).isLeft).toBe(false)
  })

  it('leads whoever takes over from an agent to the person, and says it once', () => {
    const news: Omit<SystemMessage, 'event_id'> = {
      type: 'system',
      action: 'agent_handoff',
      agent_id: 'bot',
      employee_ids: ['me'],
      peer_employee_id: 'ben',
      in_reply_to: 'msg_x',
      sent_at: '',
    }
    emit('system', { ...news, event_id: 'a', context_messages: ['secret'] })
    emit('system', { ...news, event_id: 'b' })
    expect(of(BEN).entries).toHaveLength(1)
    expect(JSON.stringify(of(BEN).entries)).not.toContain('secret')
  })
})

describe('what is sent from the playground', () => {
  it('is there at once, and delivered when it was answered', async () => {
    chat.send(BEN, { content: 'hi', quoteMsgId: 'msg_q' })
    expect(messages(BEN)[0]).toMatchObject({ state: 'sending', msgId: undefined, from: 'me' })
    expect(last()).toMatchObject({
      action: 'msg.send_private',
      input: { to_employee_id: 'ben', content: 'hi', quote_msg_id: 'msg_q' },
    })
    await last().answer({ msg_id: 'msg_a', to_employee_id: 'ben', ...ABOUT })
    expect(messages(BEN)[0]).toMatchObject({ state: 'done', msgId: 'msg_a', at: ABOUT.sent_at })
  })

  it('is one message though it comes back from the group before it is answered', async () => {
    chat.send(TEAM, { content: 'hi', mentions: ['*'] })
    const echo = toTeam({ msg_id: 'msg_a', from_employee_id: 'me', content: 'hi' })
    emit('message', echo)
    emit('message', toTeam({ msg_id: 'msg_b', from_employee_id: 'me', content: 'from my phone' }))
    const reaction = { type: 'reaction', event_id: '', from_employee_id: 'ben', group_id: 'team', sent_at: '' } as const
    emit('reaction', { ...reaction, msg_id: 'msg_a', emoji: '👍', removed: false })
    expect(texts(TEAM)).toEqual(['hi'])
    await last().answer({ msg_id: 'msg_a', group_id: 'team', ...ABOUT })
    expect(texts(TEAM)).toEqual(['hi', 'from my phone'])
    expect(messages(TEAM)[0]).toMatchObject({ state: 'done', reactions: [{ emoji: '👍', by: ['ben'] }] })
    expect(of(TEAM).unread).toEqual([])
  })

  it('is the same request when it is tried again, and one message when both have arrived', async () => {
    chat.send(TEAM, { content: 'hi' })
    await last().fail(new RequestTimeoutError({ action: 'msg.send_group', seqId: 'seq_1' }, 30_000))
    expect(messages(TEAM)[0]).toMatchObject({ state: 'failed' })
    emit('message', toTeam({ msg_id: 'msg_a', from_employee_id: 'me', content: 'hi' }))
    chat.again(TEAM, messages(TEAM)[0]?.no ?? 0)
    expect(last().seqId).toBe('seq_1')
    await last().answer({ msg_id: 'msg_a', group_id: 'team', ...ABOUT })
    expect(messages(TEAM)).toMatchObject([{ state: 'done', msgId: 'msg_a' }])
  })

  it('can be discarded when it failed, and a file while it is uploaded', async () => {
    chat.send(BEN, { content: 'hi' })
    const answer = { seq_id: 's', code: 403, message: 'no', data: null, reason: 'forbidden' }
    await last().fail(
      new RequestRejectedError({ action: 'msg.send_private', seqId: 's' }, { ...answer, reason: 'forbidden' }),
    )
    chat.drop(BEN, messages(BEN)[0]?.no ?? 0)
    chat.sendFile(BEN, new File(['x'], 'x.txt'))
    expect(messages(BEN)).toMatchObject([{ state: 'uploading' }])
    chat.drop(BEN, messages(BEN)[0]?.no ?? 0)
    await settled()
    expect(messages(BEN)).toEqual([])
  })

  it('shows the agent that it called until it has answered, written bit by bit', async () => {
    const bot: Place = { type: 'private', id: 'bot' }
    chat.send(bot, { content: 'hi' })
    const agents = [{ employee_id: 'bot', run_id: 'run_1', state: 'queued' }]
    await last().answer({ msg_id: 'msg_a', to_employee_id: 'bot', agents, ...ABOUT })
    expect(of(bot).runs).toMatchObject([{ runId: 'run_1', inReplyTo: 'msg_a' }])
    const text = {
      run_id: 'run_1',
      msg_id: 'msg_r',
      from_employee_id: 'bot',
      to_employee_id: 'me',
      in_reply_to: 'msg_a',
    }
    emit('agent_text', { ...text, text: 'Hel', is_whole: false })
    emit('agent_text', { ...text, text: 'Hello', is_whole: false })
    expect(messages(bot)[1]).toMatchObject({ state: 'streaming', content: 'Hello' })
    expect(of(bot).unread).toEqual([])
    const whole = {
      type: 'agent',
      msg_id: 'msg_r',
      run_id: 'run_1',
      from_employee_id: 'bot',
      in_reply_to: 'msg_a',
    } as const
    emit('message', message({ ...whole, content: 'Hello!' }))
    expect(messages(bot)[1]).toMatchObject({ state: 'done', content: 'Hello!', isAgent: true })
    expect(of(bot).runs).toEqual([])
    expect(of(bot).unread).toHaveLength(1)
  })

  it('says why an agent did not answer, and leaves what it had written as stopped', async () => {
    const bot: Place = { type: 'private', id: 'bot' }
    const about = { run_id: 'run_1', from_employee_id: 'bot', to_employee_id: 'me', in_reply_to: 'msg_a' }
    emit('agent_text', { ...about, msg_id: 'msg_r', text: 'Hel', is_whole: false })
    const ended = { type: 'agent_status', event_id: '', sent_at: '', ...about } as const
    emit('agent_status', { ...ended, state: 'failed', reason: 'http_error' })
    emit('agent_status', { ...ended, state: 'running' })
    expect(of(bot).runs).toEqual([])
    expect(of(bot).entries).toMatchObject([
      { state: 'stopped' },
      { news: { action: 'agent_ended', agent_id: 'bot', state: 'failed', reason: 'http_error' } },
    ])
  })
})
