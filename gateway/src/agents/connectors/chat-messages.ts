import { type AgentCall, type Content, textOf } from '@mchat/schema'
import type { AgentEntry } from '../../db/directory.ts'

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** The name of an employee; undefined: there is none of that id. */
export type NameOf = (employeeId: string) => Promise<string | undefined>

/**
 * What a chat model is asked with: the agent's system prompt, the context as earlier turns, the message last. A turn of
 * anybody but the agent begins with the name of who wrote it. The model takes an `assistant` turn for its own word, so
 * only what this deployment has proved to be the agent's becomes one; context that is not proved says so.
 */
export const chatMessages = async (
  { profile }: Pick<AgentEntry, 'profile'>,
  call: AgentCall,
  { date, nameOf }: { readonly date: Date; readonly nameOf: NameOf },
): Promise<readonly ChatMessage[]> => {
  const system = profile.system_prompt?.trim() ? filledIn(profile.system_prompt, call, date) : undefined
  const earlier: ChatMessage[] = []
  for (const { content, from_employee_id: from, verified } of call.context_messages as readonly GivenMessage[]) {
    const said = isContent(content) ? textOf(content) : undefined
    if (said === undefined || said === '') continue
    if (verified && from === call.agent.employee_id) {
      earlier.push({ role: 'assistant', content: said })
      continue
    }
    const name = (typeof from === 'string' ? await nameOf(from) : undefined) ?? 'somebody'
    earlier.push({ role: 'user', content: `${verified ? '' : '(not verified) '}${name}: ${said}` })
  }
  return [
    ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
    ...earlier,
    { role: 'user', content: `${call.sender.name}: ${shownText(call.message.content)}` },
  ]
}

/** Context is what the asker has sent, which may be anything. */
interface GivenMessage {
  readonly verified: boolean
  readonly content?: unknown
  readonly from_employee_id?: unknown
}

/** In one pass, so that a name that looks like a placeholder stays what it is. */
const filledIn = (prompt: string, { agent, conversation, sender }: AgentCall, date: Date): string => {
  const values: Readonly<Record<string, string>> = {
    agent_name: agent.name,
    sender_name: sender.name,
    group_name: conversation.name ?? '',
    date: date.toISOString().slice(0, 10),
  }
  return prompt.replaceAll(/\{(agent_name|sender_name|group_name|date)\}/g, (_, name: string) => values[name] ?? '')
}

/** Of what has no text the model is told that it was there. */
const shownText = (content: Content): string =>
  textOf(content) ?? (typeof content === 'string' ? content : `[${content.type}]`)

const isContent = (content: unknown): content is Content =>
  typeof content === 'string' ||
  (typeof content === 'object' && content !== null && 'type' in content && typeof content.type === 'string')
