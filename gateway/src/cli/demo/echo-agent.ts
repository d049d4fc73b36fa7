import type { ClientOptions } from '@mchat/sdk'
import { type Content, createClient, type MChatClient, type Message } from '@mchat/sdk'
import { say } from '../say.ts'
import type { DemoPerson } from './populate.ts'

/**
 * The agent of the demo: answers what is said to it in private, and in groups what mentions it. It is an ordinary
 * client; nothing here needs more rights than any employee has.
 */
export const startEchoAgent = async (person: DemoPerson, options: ClientOptions): Promise<MChatClient> => {
  const agent = createClient(person, { ...options, clientId: `${person.employee_id}_demo_1` })
  agent.on('message', (message) => {
    if (!isForAgent(message, agent.employeeId)) return
    answer(agent, message).catch((error: unknown) => say(`The echo agent could not answer: ${String(error)}`))
  })
  try {
    await agent.open()
    return agent
  } catch (error) {
    await agent.close()
    throw error
  }
}

/** Agents do not answer agents: two echoes would talk for ever. */
const isForAgent = (message: Message, employeeId: string): boolean => {
  if (message.from_employee_id === employeeId || message.is_ai_agent === true || message.type === 'agent') return false
  return message.group_id === undefined || message.mentions?.includes(employeeId) === true
}

const answer = async (agent: MChatClient, message: Message): Promise<void> => {
  const content = echo(message.content)
  const quote_msg_id = message.msg_id
  if (message.group_id === undefined) {
    await agent.msg.sendPrivate({ to_employee_id: message.from_employee_id, content, quote_msg_id })
  } else {
    await agent.msg.sendGroup({ group_id: message.group_id, content, quote_msg_id })
  }
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
