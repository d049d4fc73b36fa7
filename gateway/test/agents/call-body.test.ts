import { expect, test } from 'vitest'
import { createCallBody } from '#src/agents/call-body.ts'
import type { Ask } from '#src/agents/run.ts'
import { ALL_DEPARTMENTS, createDirectory } from '#src/db/directory.ts'
import { departments } from '#src/db/repositories/departments.ts'
import type { MessageIds } from '#src/delivery/message-ids.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { found, hire, hireAll, NOW } from '../db/people.ts'

const ASK: Ask = {
  ...{ runId: 'run_1', agentId: 'bot', askerId: 'amy', senderId: 'amy', groupId: undefined, conversation: 'p|amy|bot' },
  agent: { employeeId: 'bot', name: 'Bot', profile: {} } as Ask['agent'],
  message: { msgId: 'msg_1', content: 'x', sentAt: '', proof: '', quoteMsgId: undefined, mentions: [] },
  ...{ inReplyTo: 'msg_1', contextMessages: [], root: 'msg_1', hops: 0, isAllowed: true },
}

onEveryDatabase('what an agent is told', (kind) => {
  const shared = sharedDatabase(kind)

  test('has the department of the sender, which is asked for again once one has changed', async () => {
    const db = shared.current.kysely
    await found(db, 'sales')
    await hireAll(db, 'bot')
    await hire(db, 'amy', { department_id: 'sales' })
    const directory = createDirectory(shared.current)
    const messageIds = {} as MessageIds
    const replyAddress = () => ({ reply_url: '', reply_token: '' })
    const callBody = createCallBody({ database: shared.current, directory, messageIds, replyAddress })
    const department = async () => (await callBody(ASK, NOW)).sender.department

    expect(await department()).toEqual({ department_id: 'sales', name: 'sales' })
    await departments.update(db, 'sales', { name: 'Sales' }, NOW)
    expect(await department()).toEqual({ department_id: 'sales', name: 'sales' })
    directory.departments.invalidate(ALL_DEPARTMENTS)
    expect(await department()).toEqual({ department_id: 'sales', name: 'Sales' })
  })
})
