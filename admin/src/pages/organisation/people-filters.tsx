import { ROLE_NAMES, type RoleName } from '@mchat/schema/roles'
import { Checkbox, Flex, Select } from 'antd'
import { roleTexts } from '../../components/role-texts.ts'
import { SearchField } from '../../components/search-field.tsx'
import { useTexts } from '../../language/language.ts'
import type { PeopleFilter } from './filter-people.ts'
import { organisationTexts } from './texts.ts'

interface PeopleFiltersProps {
  readonly filter: PeopleFilter
  readonly onFilter: (change: Partial<PeopleFilter>) => void
  readonly hasDepartment: boolean
}

export const PeopleFilters = ({ filter, hasDepartment, onFilter }: PeopleFiltersProps) => {
  const t = useTexts(organisationTexts)
  const roleText = useTexts(roleTexts)
  return (
    <Flex gap={8} wrap align="center" role="search">
      <SearchField label={t('search')} query={filter.query} onQuery={(query) => onFilter({ query })} />
      <Select<PeopleFilter['kind']>
        aria-label={t('kind')}
        value={filter.kind}
        onChange={(kind) => onFilter({ kind })}
        options={[
          { value: 'all', label: t('kindAll') },
          { value: 'people', label: t('kindPeople') },
          { value: 'agents', label: t('kindAgents') },
        ]}
        style={{ minWidth: 150 }}
      />
      <Select<PeopleFilter['status']>
        aria-label={t('status')}
        value={filter.status}
        onChange={(status) => onFilter({ status })}
        options={[
          { value: 'active', label: t('statusActive') },
          { value: 'disabled', label: t('statusDisabled') },
          { value: 'all', label: t('statusAll') },
        ]}
        style={{ minWidth: 96 }}
      />
      <Select<RoleName | ''>
        aria-label={t('role')}
        value={filter.role ?? ''}
        onChange={(role) => onFilter({ role: role === '' ? undefined : role })}
        options={[
          { value: '', label: t('roleAny') },
          ...ROLE_NAMES.filter((role) => role !== 'member').map((role) => ({ value: role, label: roleText(role) })),
        ]}
        style={{ minWidth: 110 }}
      />
      {hasDepartment && (
        <Checkbox checked={filter.isDirect} onChange={({ target }) => onFilter({ isDirect: target.checked })}>
          {t('isDirect')}
        </Checkbox>
      )}
    </Flex>
  )
}
