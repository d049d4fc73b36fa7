import { beforeEach, expect, it } from 'vitest'
import { agentSilences } from '#src/db/repositories/agent-silences.ts'
import { groupConversation, privateConversation } from '#src/delivery/message-ids.ts'
import remove from '#src/handlers/employee/delete.ts'
import dismiss from '#src/handlers/group/dismiss.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire, hireAll, NOW } from '../db/people.ts'
import { appoint, assemble, createFrame } from './frame.ts'

onEveryDatabase('that an agent is silent somewhere', (kind) => {
  const shared = sharedDatabase(kind)
  const frame = createFrame(shared)
  const db = () => shared.current.kysely
  const silent = async () => Object.fromEntries(await agentSilences.all(db()))
  const withAmy = privateConversation('amy', 'bot')

  beforeEach(async () => {
    await appoint(db(), 'boss', { role: 'admin' })
    await hireAll(db(), 'amy')
    await hire(db(), 'bot', { is_ai_agent: true, agent_profile: {} })
    for (const id of ['g1', 'g2']) await assemble(db(), id, 'amy', 'bot')
    for (const conversation of [groupConversation('g1'), groupConversation('g2'), withAmy]) {
      await agentSilences.add(db(), 'bot', conversation, NOW)
    }
  })

  it('is forgotten with the group', async () => {
    await frame.run(dismiss, 'amy', { group_id: 'g1' })
    expect(await silent()).toEqual({ bot: new Set([groupConversation('g2'), withAmy]) })
  })

  it('is forgotten with the agent', async () => {
    await frame.run(remove, 'boss', { employee_id: 'bot' })
    expect(await silent()).toEqual({})
  })
})
