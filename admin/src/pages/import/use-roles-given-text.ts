import type { RoleName } from '@mchat/schema/roles'
import { roleTexts } from '../../components/role-texts.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { importTexts } from './texts.ts'

/** How many rows give which role, as a sentence; undefined: none is given. */
export const useRolesGivenText = (given: ReadonlyMap<RoleName, number>): string | undefined => {
  const t = useTexts(importTexts)
  const roleText = useTexts(roleTexts)
  const language = useLanguage()
  if (given.size === 0) return undefined
  const parts = [...given].map(([role, count]) =>
    t(role === 'owner' ? 'makesOwner' : 'givesRole', {
      count,
      number: formatNumber(count, language),
      role: roleText(role),
    }),
  )
  return t('rolesGiven', { roles: parts.join(t('between')) })
}
