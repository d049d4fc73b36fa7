import { usePerson } from '../../directory/use-person.ts'
import { useTexts } from '../../language/language.ts'
import type { News } from './conversation.ts'
import { useNames } from './names.ts'
import { playgroundTexts } from './texts.ts'

const REASONS = [
  'not_allowed',
  'rate_limited',
  'busy',
  'daily_limit',
  'unreachable',
  'forbidden_address',
  'http_error',
  'bad_answer',
  'too_large',
  'blocked',
  'circuit_open',
  'no_secret',
  'not_a_member',
  'agent',
  'gateway_lost',
  'unavailable',
] as const

/** What happened, in words. @param news undefined: nothing */
export const useNewsText = (news: News | undefined): string => {
  const t = useTexts(playgroundTexts)
  const agentId = news !== undefined && 'agent_id' in news ? news.agent_id : undefined
  const isSystem = news !== undefined && 'event_id' in news
  const operatorId = isSystem ? (news.operator_id ?? news.inviter_id) : undefined
  const agent = usePerson(agentId).name
  const operator = usePerson(operatorId).name
  const people = useNames(isSystem ? (news.employee_ids ?? []) : [])
  if (news === undefined) return ''
  switch (news.action) {
    case 'gap':
      return news.missed === undefined ? t('gapUnknown') : t('gap', { count: news.missed })
    case 'agent_ended': {
      if (news.state === 'cancelled') return t('agentCancelled', { agent })
      if (news.state === 'timed_out') return t('agentTimedOut', { agent })
      const why = REASONS.find((reason) => reason === news.reason)
      return why === undefined ? t('agentFailed', { agent }) : t('agentFailedWhy', { agent, why: t(why) })
    }
    case 'agent_handoff':
      return news.reason === undefined
        ? t('agent_handoff', { agent, people })
        : t('agent_handoff_reason', { agent, people, reason: news.reason })
    default:
      return t(news.action, { agent, operator, people })
  }
}
