import { newId } from '../../../gateway/src/platform/random.ts'
import { MSG_ID } from '../../../schema/test/examples.ts'
import type { Device } from '../../kit/device.ts'
import type { Scene } from '../scene.ts'
import { type Example, unique } from './example.ts'

type AgentActions =
  | 'agent.set_secret'
  | 'agent.cancel'
  | 'agent.resume'
  | 'agent.runs'
  | 'agent.stats'
  | 'agent.test'
  | 'agent.disable'
  | 'agent.enable'
  | 'agent.reply'
  | 'agent.delta'
  | 'agent.status'

/** A call that another gateway is making. */
const runUnderWay = async ({ gateway }: Scene, agent: Device, asker: Device): Promise<string> => {
  const run_id = `run_${newId('').slice(1)}000000`
  await gateway.database.kysely
    .insertInto('agent_run')
    .values({
      run_id,
      agent_id: agent.employeeId,
      asker_id: asker.employeeId,
      group_id: null,
      in_reply_to: MSG_ID,
      hops: 0,
      instance: 'elsewhere',
      created_at: gateway.clock.date(),
    })
    .execute()
  return run_id
}

const SKILL_CHANGED = 'reporter agent/capability/{skill} CapabilityChanged'

/** An agent, and who looks after it. */
const managed = async (scene: Scene, ...skills_badge: string[]) => {
  const agent = await scene.person('agent', { is_ai_agent: true, skills_badge })
  return {
    by: await scene.person('manager', { roles: [{ role: 'agent_manager' }] }),
    input: { employee_id: agent.employeeId },
    refused: { device: await scene.person('other'), reason: 'forbidden' },
  } as const
}

/** An agent that is being called. */
const called = async (scene: Scene) => {
  const asker = await scene.person('asker')
  const agent = await scene.calledAgent({ agent_profile: { connector: 'mqtt' } })
  const asked = agent.inbox.next('agent_run')
  const ask = { to_employee_id: agent.employeeId, content: 'do it', agent_wait: false }
  const { agents = [] } = await asker.call('msg.send_private', ask)
  await asked
  const run_id = agents[0]?.run_id ?? ''
  scene.afterwards(() => asker.request('agent.cancel', { run_id }))
  return { agent, input: { run_id }, other: await scene.person('other') }
}

export const agentExamples: { readonly [A in AgentActions]: Example<A> } = {
  async 'agent.set_secret'(scene) {
    const agent = await scene.person('agent', { is_ai_agent: true })
    return {
      by: await scene.person('manager', { roles: [{ role: 'agent_manager' }] }),
      input: { employee_id: agent.employeeId, kind: 'webhook', overlap_minutes: 60 },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'agent.cancel'(scene) {
    const agent = await scene.person('agent', { is_ai_agent: true })
    const by = await scene.person('asker')
    return {
      by,
      input: { run_id: await runUnderWay(scene, agent, by) },
      refused: { device: await scene.person('other'), reason: 'run_not_found' },
      published: [],
    }
  },

  async 'agent.resume'(scene) {
    const agent = await scene.person('agent', { is_ai_agent: true })
    const by = await scene.person('asker')
    return {
      by,
      input: { employee_id: agent.employeeId, peer_employee_id: by.employeeId },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'agent.runs'(scene) {
    const agent = await scene.person('agent', { is_ai_agent: true })
    return {
      by: await scene.person('manager', { roles: [{ role: 'agent_manager' }] }),
      input: { employee_id: agent.employeeId, limit: 10 },
      refused: { device: await scene.person('other'), reason: 'forbidden' },
      published: [],
    }
  },

  async 'agent.stats'(scene) {
    return { ...(await managed(scene)), published: [] }
  },

  // One without an endpoint: that is an answer, too.
  async 'agent.test'(scene) {
    const { input, ...arranged } = await managed(scene)
    return { ...arranged, input: { ...input, content: 'Are you there?', live: true }, published: [] }
  },

  async 'agent.disable'(scene) {
    const skill = unique('skill')
    await scene.person('colleague', { is_ai_agent: true, skills_badge: [skill] })
    return { ...(await managed(scene, skill)), published: [SKILL_CHANGED] }
  },

  async 'agent.enable'(scene) {
    const arranged = await managed(scene, unique('skill'))
    await arranged.by.call('agent.disable', arranged.input)
    return { ...arranged, published: [SKILL_CHANGED] }
  },

  async 'agent.reply'(scene) {
    const { agent, input, other } = await called(scene)
    return {
      by: agent,
      input: {
        ...input,
        content: 'done',
        mentions: [other.employeeId],
        messages: [{ content: 'and more', mentions: [] }],
        next_agent: other.employeeId,
        handoff: { to: other.employeeId, reason: 'a person is asked for' },
        silent: false,
        usage: { input_tokens: 12, output_tokens: 34 },
      },
      refused: { device: other, reason: 'run_not_found' },
      published: [
        ...Array(2).fill('asker inbox/{employee_id} Message agent'),
        'asker inbox/{employee_id}/stream AgentStatus agent_status',
      ],
    }
  },

  async 'agent.delta'(scene) {
    const { agent, input, other } = await called(scene)
    return {
      by: agent,
      input: { ...input, delta: 'do', offset: 0 },
      refused: { device: other, reason: 'run_not_found' },
      published: [
        'asker inbox/{employee_id}/stream AgentDelta agent_delta',
        'asker inbox/{employee_id}/stream AgentStatus agent_status',
      ],
    }
  },

  async 'agent.status'(scene) {
    const { agent, input, other } = await called(scene)
    return {
      by: agent,
      input: { ...input, state: 'failed', reason: 'the model is away' },
      refused: { device: other, reason: 'run_not_found' },
      published: ['asker inbox/{employee_id} AgentStatus agent_status'],
    }
  },
}
