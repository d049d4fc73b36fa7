import { AgentRunError, type MChatClient, MChatClientError, RequestRejectedError } from '@mchat/sdk'
import { say } from '../say.ts'
import { STORYTELLER_ID, storytellerAt } from './organisation.ts'
import { employAgent } from './populate.ts'
import type { StoryAgent } from './story-agent.ts'

/** @returns false: MChat does not call agents on this machine; there is none then, or the one of an earlier run */
export const employStoryteller = async (admin: MChatClient, agent: StoryAgent): Promise<boolean> => {
  const employee_id = STORYTELLER_ID
  try {
    await employAgent(admin, storytellerAt(agent.endpoint))
  } catch (error) {
    if (isEndpointRefused(error)) return false
    throw error
  }
  // The secret that was made with it may have been answered to an earlier run.
  const { secret = '' } = await admin.agent.setSecret({ employee_id, kind: 'webhook' })
  agent.trust(secret)
  return true
}

/** Asks it, and shows the answer as it comes. */
export const tellStory = async (admin: MChatClient): Promise<void> => {
  const employee_id = STORYTELLER_ID
  say(`${employee_id} is behind a webhook and answers bit by bit:`)
  let shown = ''
  try {
    const { text } = await admin.ask(
      { to_employee_id: employee_id, content: 'Tell me a story.' },
      {
        onText({ text }) {
          if (!text.startsWith(shown)) return
          process.stderr.write(text.slice(shown.length))
          shown = text
        },
      },
    )
    say(shown === text ? '' : `\n${text}`)
  } catch (error) {
    if (!(error instanceof MChatClientError)) throw error
    say(shown === '' ? error.message : `\n${error.message}`)
    if (error instanceof AgentRunError && error.reason === 'forbidden_address') say(HOW_TO_ALLOW)
  }
}

/** Agents on this machine are called only where the operator has said so (threats T40). */
export const HOW_TO_ALLOW = `MChat calls no agents on this machine. To see one answer, start it with
  MCHAT_AGENT_ALLOW=127.0.0.1/32 npm start
and run the demo again.`

const isEndpointRefused = (error: unknown): boolean =>
  error instanceof RequestRejectedError && error.fields.some(({ field }) => field.endsWith('webhook_endpoint'))
