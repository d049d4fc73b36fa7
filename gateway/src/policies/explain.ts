import {
  type ActionDefinition,
  type Alternatives,
  CONDITIONS,
  type ConditionName,
  MChatError,
  type RoleGrant,
  RULES,
} from '@mchat/schema'
import { type Absent, absentIn, absentReason, isAboutAbsent } from './absent.ts'
import { authorise, valueAt } from './authorise.ts'
import { conditions, type Fields, type RuleContext } from './conditions.ts'

interface ExplainedAlternative {
  readonly met: boolean
  readonly conditions: { readonly condition: ConditionName; readonly text: string; readonly met?: boolean }[]
}

export interface Explanation {
  readonly allowed: boolean
  /** What the request would be answered; null: it is allowed. */
  readonly reason: string | null
  readonly alternatives: ExplainedAlternative[]
  readonly fields: {
    readonly field: string
    readonly allowed: boolean
    readonly alternatives: ExplainedAlternative[]
  }[]
  /** The roles that allow it: without them it would be refused. Empty when it takes none. */
  readonly grantedBy: RoleGrant[]
}

type Rights = Pick<ActionDefinition, 'rule' | 'fields'>
type Explained = Rights & Pick<ActionDefinition, 'errors' | 'target'>

/**
 * Says how `authorise` would judge, and by what; and that the handler would not find what is named. Whether there is a
 * session, and what else the handler checks, is not in it.
 */
export const explain = async (rights: Explained, context: RuleContext, input: Fields): Promise<Explanation> => {
  const absent = await absentIn(context, input)
  const reason = (await refusal(rights, context, input)) ?? (await absentReason(rights, context, input, absent))
  const fields = Object.entries(rights.fields ?? {}).filter(([path]) => valueAt(input, path) !== undefined)
  return {
    allowed: reason === null,
    reason,
    alternatives: await explainAll(RULES[rights.rule].anyOf, context, input, absent),
    fields: await Promise.all(
      fields.map(async ([field, anyOf]) => {
        const alternatives = await explainAll(anyOf, context, input, absent)
        return { field, allowed: alternatives.some(({ met }) => met), alternatives }
      }),
    ),
    grantedBy: reason === null ? await grantsThatAllow(rights, context, input) : [],
  }
}

const refusal = async (rights: Rights, context: RuleContext, input: Fields): Promise<string | null> => {
  try {
    await authorise(rights, context, input)
    return null
  } catch (error) {
    if (error instanceof MChatError && error.code < 500) return error.key
    throw error
  }
}

/**
 * Looks at conditions in their order, and no further than at the first that is not met, as `authorise` does: what the others
 * would say of a group, say, is for those only who meet the first.
 */
const explainAll = (
  anyOf: Alternatives,
  context: RuleContext,
  input: Fields,
  absent: Absent,
): Promise<ExplainedAlternative[]> =>
  Promise.all(
    anyOf.map(async (alternative) => {
      const explained: ExplainedAlternative['conditions'] = []
      let met = true
      for (const condition of alternative) {
        const { text } = CONDITIONS[condition]
        if (!met) {
          explained.push({ condition, text })
          continue
        }
        met = !isAboutAbsent(condition, absent) && (await conditions[condition](context, input)) === true
        explained.push({ condition, text, met })
      }
      return { met, conditions: explained }
    }),
  )

/** Each that would do alone; where only several together do, all of them. */
const grantsThatAllow = async (rights: Rights, context: RuleContext, input: Fields): Promise<RoleGrant[]> => {
  const allowedWith = async (roles: readonly RoleGrant[]): Promise<boolean> =>
    (await refusal(rights, { ...context, employee: { ...context.employee, roles } }, input)) === null
  if (await allowedWith([])) return []
  const { roles } = context.employee
  const enough = await Promise.all(roles.map((grant) => allowedWith([grant])))
  const alone = roles.filter((_grant, i) => enough[i])
  return alone.length > 0 ? alone : [...roles]
}
