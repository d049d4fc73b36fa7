import { type Content, invalidField, MChatError } from '@mchat/schema'
import { checkAgentContent } from '../../agents/answer.ts'
import { AgentCallError } from '../../agents/connectors/connector.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('agent.reply', async ({ agents, caller }, { run_id, ...reply }) => {
  if (reply.content !== undefined) check(reply.content, 'content')
  for (const [i, { content }] of (reply.messages ?? []).entries()) check(content, `messages[${i}].content`)
  await agents.answers.reply(run_id, reply, caller.employeeId)
  return { run_id }
})

const check = (content: Content, field: string): void => {
  try {
    checkAgentContent(content)
  } catch (error) {
    if (!(error instanceof AgentCallError)) throw error
    if (error.failure !== 'too_large') throw invalidField(field, 'content', error.message)
    throw new MChatError('too_large', { fields: [{ field, rule: 'maxBytes', message: error.message }] })
  }
}
