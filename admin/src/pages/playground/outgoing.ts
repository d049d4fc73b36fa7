import {
  AbortedError,
  type Content,
  contentOfFile,
  type MChatClient,
  type MsgSendGroupOutput,
  type MsgSendPrivateOutput,
  type PictureSize,
  RequestRejectedError,
  RequestTimeoutError,
  type UploadedFile,
} from '@mchat/sdk'
import {
  append,
  byMsgId,
  type ChatMessage,
  changeMessage,
  findMessage,
  keyOf,
  type Place,
  removeEntry,
} from './conversation.ts'
import type { Conversations } from './conversations.ts'

export type SendingClient = Pick<MChatClient, 'employeeId' | 'request'> & {
  readonly files: Pick<MChatClient['files'], 'upload'>
}

export interface Draft {
  readonly content: Content
  readonly quoteMsgId?: string | undefined
  readonly mentions?: readonly string[]
}

export type Sent = MsgSendPrivateOutput | MsgSendGroupOutput

export interface Outgoing {
  send(place: Place, draft: Draft): void
  sendFile(place: Place, file: File): void
  /** What has failed, once more: it is the same request, and happens once (contract 3.1, 3). */
  again(place: Place, no: number): void
  /** Gives up what is being uploaded, or has failed. */
  drop(place: Place, no: number): void
}

interface Job {
  readonly place: Place
  readonly no: number
  readonly draft: Draft
  readonly file?: File
  uploaded?: Content
  /** Of an attempt of which it is not known whether it had an effect. */
  seqId?: string
  readonly controller: AbortController
}

export interface OutgoingParts {
  readonly client: SendingClient
  readonly conversations: Conversations
  /** Messages of one's own that come back meanwhile are waited with: until it is answered nobody knows that it is this one. */
  readonly onAsking: (key: string) => void
  readonly onAnswered: (key: string) => void
  readonly onSent: (place: Place, sent: Sent) => void
}

export const createOutgoing = (parts: OutgoingParts): Outgoing => {
  const { client, conversations } = parts
  /** Until they are sent, by conversation and number. */
  const jobs = new Map<string, Job>()
  const jobKey = (place: Place, no: number): string => `${keyOf(place)}#${no}`
  const change = ({ no, place }: Job, changed: Partial<ChatMessage>): void =>
    conversations.changeKnown(place, (conversation) =>
      changeMessage(
        conversation,
        (message) => message.no === no,
        (message) => ({ ...message, ...changed }),
      ),
    )

  const upload = async (job: Job, file: File): Promise<Content> => {
    const { id, type } = job.place
    const uploaded: UploadedFile = await client.files.upload(file, {
      ...(type === 'group' ? { groupId: id } : { toEmployeeId: id }),
      onProgress: ({ sent, total }) => change(job, { progress: total === 0 ? 1 : sent / total }),
      signal: job.controller.signal,
    })
    return contentOfFile(uploaded, await sizeOfPicture(file))
  }

  const request = async ({ draft, place, seqId }: Job, content: Content): Promise<Sent> => {
    const { mentions = [], quoteMsgId } = draft
    const about = {
      content,
      ...(quoteMsgId === undefined ? {} : { quote_msg_id: quoteMsgId }),
      ...(mentions.length === 0 ? {} : { mentions: [...mentions] }),
    }
    const options = seqId === undefined ? {} : { seqId }
    return place.type === 'group'
      ? await client.request('msg.send_group', { ...about, group_id: place.id }, options)
      : await client.request('msg.send_private', { ...about, to_employee_id: place.id }, options)
  }

  const answered = ({ no, place }: Job, content: Content, sent: Sent): void => {
    conversations.changeKnown(place, (conversation) => {
      // It was taken for lost, and has come back by itself.
      if (findMessage(conversation, byMsgId(sent.msg_id)) !== undefined) return removeEntry(conversation, no)
      return changeMessage(
        conversation,
        (message) => message.no === no,
        (message) => ({ ...message, content, msgId: sent.msg_id, at: sent.sent_at, state: 'done', error: undefined }),
      )
    })
    parts.onSent(place, sent)
  }

  const ask = async (job: Job, content: Content): Promise<void> => {
    const key = keyOf(job.place)
    parts.onAsking(key)
    try {
      answered(job, content, await request(job, content))
    } finally {
      parts.onAnswered(key)
    }
  }

  const run = async (job: Job): Promise<void> => {
    try {
      if (job.file !== undefined && job.uploaded === undefined) {
        change(job, { state: 'uploading', progress: 0, error: undefined })
        job.uploaded = await upload(job, job.file)
      }
      const content = job.uploaded ?? job.draft.content
      change(job, { content, state: 'sending', error: undefined })
      await ask(job, content)
      jobs.delete(jobKey(job.place, job.no))
    } catch (error) {
      if (error instanceof RequestTimeoutError || error instanceof RequestRejectedError) job.seqId = error.seqId
      if (!(error instanceof AbortedError) && !job.controller.signal.aborted) change(job, { state: 'failed', error })
    }
  }

  const begin = (place: Place, draft: Draft, file?: File): void => {
    let no = 0
    conversations.change(place, (conversation) => {
      no = conversation.nextNo
      return append(conversation, {
        kind: 'message',
        msgId: undefined,
        from: client.employeeId,
        isAgent: false,
        content: draft.content,
        at: new Date().toISOString(),
        quoteMsgId: draft.quoteMsgId,
        mentions: draft.mentions ?? [],
        state: file === undefined ? 'sending' : 'uploading',
        isEdited: false,
        recalledBy: undefined,
        reactions: [],
        readBy: [],
      })
    })
    const job: Job = { place, no, draft, controller: new AbortController(), ...(file === undefined ? {} : { file }) }
    jobs.set(jobKey(place, no), job)
    void run(job)
  }

  return {
    send: begin,
    sendFile(place, file) {
      begin(place, { content: { type: 'file', body: { name: file.name, size: file.size } } }, file)
    },
    again(place, no) {
      const job = jobs.get(jobKey(place, no))
      if (job !== undefined) void run(job)
    },
    drop(place, no) {
      jobs.get(jobKey(place, no))?.controller.abort()
      jobs.delete(jobKey(place, no))
      conversations.changeKnown(place, (conversation) => removeEntry(conversation, no))
    },
  }
}

/** Nothing, where it is no picture: the deployment says what it takes as one. */
const sizeOfPicture = async (file: File): Promise<PictureSize> => {
  if (!file.type.startsWith('image/')) return {}
  try {
    const picture = await createImageBitmap(file)
    const { height, width } = picture
    picture.close()
    return { width, height }
  } catch {
    // What the browser cannot read has no size that it knows.
    return {}
  }
}
