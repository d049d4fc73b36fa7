import type { ConditionName, RuleName } from '@mchat/schema/rules'
import type { OutputOf } from '@mchat/sdk'
import type { Language } from '../../language/language.ts'
import { CONDITION_TEXTS_ZH_CN, RULE_TEXTS_ZH_CN } from './rule-texts.zh-cn.ts'

type Explained = OutputOf<'authz.explain'>
type Condition = Explained['alternatives'][number]['conditions'][number]

/** A gateway may know more rules than this console: what is not known here is told in its own words. */
const known = <K extends string>(table: Readonly<Record<K, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key as K] : undefined

export const ruleTextOf = ({ rule, who }: Pick<Explained, 'rule' | 'who'>, language: Language): string =>
  (language === 'zh-CN' ? known<RuleName>(RULE_TEXTS_ZH_CN, rule) : undefined) ?? who

export const conditionTextOf = (
  { condition, text }: Pick<Condition, 'condition' | 'text'>,
  language: Language,
): string => (language === 'zh-CN' ? known<ConditionName>(CONDITION_TEXTS_ZH_CN, condition) : undefined) ?? text
