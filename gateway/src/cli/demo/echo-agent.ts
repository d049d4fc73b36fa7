import { type ClientOptions, type Content, createClient, type MChatClient, serveAgent } from '@mchat/sdk'
import { explain } from '../../platform/private-file.ts'
import { say } from '../say.ts'
import type { DemoPerson } from './populate.ts'

/**
 * The agent of the demo: MChat calls it over MQTT for what is said to it in private, and in groups for what mentions it.
 * It is an ordinary client; nothing here needs more rights than any employee has.
 */
export const startEchoAgent = async (person: DemoPerson, options: ClientOptions): Promise<MChatClient> => {
  const agent = createClient(person, { ...options, clientId: `${person.employee_id}_demo_1` })
  serveAgent(agent, ({ message }) => echo(message.content))
  try {
    await agent.open()
  } catch (error) {
    await agent.close()
    throw error
  }
  // Not before it is open: the caller is told by then, and may have another password to try.
  agent.on('error', ({ cause, message }) => {
    say(`The echo agent: ${message}${cause === undefined ? '' : ` (${explain(cause)})`}`)
  })
  return agent
}

const echo = (content: Content): string => {
  const text = textOf(content)
  if (text === undefined) return 'I only understand text. 我只懂文字。'
  return /\p{Script=Han}/u.test(text) ? `您说：${text}` : `You said: ${text}`
}

const textOf = (content: Content): string | undefined => {
  if (typeof content === 'string') return content
  const { body } = content as { readonly body?: { readonly text?: unknown } }
  return typeof body?.text === 'string' ? body.text : undefined
}
