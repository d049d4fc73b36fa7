import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'

/** The second agent of the demo, behind a webhook on this machine: MChat calls it, and it answers bit by bit. */
export interface StoryAgent {
  readonly endpoint: string
  /** What calls are signed with from now on; others are refused. */
  trust(secret: string): void
  close(): Promise<void>
}

const STORY =
  'A message once wanted to be read before it was finished. So it set out word by word, and whoever waited could watch it come.'
const STORY_ZH = '从前有一条消息，还没写完就想被读到。于是它一个字一个字地出发，等它的人都看着它走来。'
/** Slow enough to be seen. */
const PAUSE_MS = 30

export const startStoryAgent = async (): Promise<StoryAgent> => {
  let webhook: Webhook | undefined
  const server = createServer((request, response) => {
    answer(webhook, request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The echo agent keeps the program running, this one alone does not.
  server.unref()
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/story`,
    trust(secret) {
      webhook = new Webhook(secret)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const answer = async (
  webhook: Webhook | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const body = await text(request)
  if (!isSigned(webhook, body, request)) {
    response.writeHead(401).end()
    return
  }
  const inChinese = /\p{Script=Han}/u.test(JSON.stringify((JSON.parse(body) as { message?: unknown }).message ?? ''))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const delta of inChinese ? STORY_ZH : STORY.split(/(?<= )/)) {
    response.write(`data: ${JSON.stringify({ delta })}\n\n`)
    await sleep(PAUSE_MS)
  }
  response.end('data: [DONE]\n\n')
}

const isSigned = (webhook: Webhook | undefined, body: string, { headers }: IncomingMessage): boolean => {
  try {
    webhook?.verify(body, headers as Record<string, string>)
    return webhook !== undefined
  } catch {
    return false
  }
}
