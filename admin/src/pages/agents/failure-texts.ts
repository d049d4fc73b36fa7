import { defineTexts } from '../../language/language.ts'
import type { AgentRunInfo } from './run-info.ts'

type Failure = NonNullable<AgentRunInfo['reason']>

/** Why a call came to nothing, for whoever looks after the agent. */
export const failureTexts = defineTexts('agent-failures', {
  en: {
    not_allowed: 'It does not answer this person, department or group.',
    rate_limited: 'It was called more often than its limits allow, and its turn did not come in time.',
    busy: 'Too much was waiting for it in this conversation.',
    daily_limit: 'Its calls of the day are used up.',
    unreachable: 'There was no connection to it.',
    forbidden_address:
      'Its endpoint is at an address that agents may not be called at. MCHAT_AGENT_ALLOW admits what is yours.',
    http_error: 'Its endpoint answered with an error.',
    bad_answer: 'What it answered is no answer.',
    too_large: 'Its answer was too large.',
    blocked: 'The content filter held its answer back.',
    circuit_open: 'It failed so often that it is not called for a while.',
    no_secret: 'It has no secret to sign with, or no key to ask with.',
    not_a_member: 'It had left the group, or was disabled.',
    agent: 'It said itself that it failed.',
    timeout: 'It took longer than it may.',
    cancelled: 'Somebody stopped it.',
    gateway_lost: 'The gateway that called it was lost.',
    unavailable: 'The gateway could not note the call.',
  } satisfies Record<Failure, string>,
  'zh-CN': {
    not_allowed: '它不为该成员、部门或群组服务。',
    rate_limited: '调用频率超出限额，未能及时轮到。',
    busy: '该会话中排队过多。',
    daily_limit: '今日调用次数已用完。',
    unreachable: '无法连接到它。',
    forbidden_address: '接收地址不允许调用。可通过 MCHAT_AGENT_ALLOW 放行自有地址。',
    http_error: '接收端返回了错误。',
    bad_answer: '返回的内容不是有效的回答。',
    too_large: '回答过大。',
    blocked: '回答被内容过滤拦截。',
    circuit_open: '失败过于频繁，暂时不再调用。',
    no_secret: '没有签名密钥或 API 密钥。',
    not_a_member: '它已退出群组或被停用。',
    agent: '智能体自行报告失败。',
    timeout: '超出回答时限。',
    cancelled: '已被人停止。',
    gateway_lost: '发起调用的网关已失联。',
    unavailable: '网关未能记录此次调用。',
  },
})
