import { Select, Spin } from 'antd'
import { useDeferredValue, useState } from 'react'
import { useGroupList } from '../../calls/group-list.ts'
import { usePermissions } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { profileTexts } from './profile-texts.ts'

interface CommonProps {
  readonly id?: string
  readonly 'aria-label'?: string
}
type GroupsSelectProps = CommonProps &
  (
    | { readonly mode?: undefined; readonly value?: string; readonly onChange?: (value: string | undefined) => void }
    | { readonly mode: 'multiple'; readonly value?: readonly string[]; readonly onChange?: (value: string[]) => void }
  )

/** Chooses groups: all there are for whoever may see them, else one's own. Fits into a `Form.Item`. */
export const GroupsSelect = ({ mode, onChange, value, ...rest }: GroupsSelectProps) => {
  const t = useTexts(profileTexts)
  const seesAll = usePermissions().has('group.manage')
  const [typed, setTyped] = useState('')
  const query = useDeferredValue(typed.trim())
  const { entries, isFetching } = useGroupList({
    limit: 50,
    ...(seesAll ? { all: true } : {}),
    ...(query === '' ? {} : { query }),
  })
  const found = entries.map(({ group_id, name }) => ({ value: group_id, label: `${name} (${group_id})` }))
  const chosen = [value ?? []].flat() as string[]
  const missing = chosen.filter((id) => !found.some((option) => option.value === id))
  return (
    <Select
      {...rest}
      {...(mode === undefined ? {} : { mode })}
      value={(mode === 'multiple' ? chosen : value) as never}
      onChange={(next: never) => onChange?.(next)}
      placeholder={t('chooseGroups')}
      showSearch={{ filterOption: false, onSearch: setTyped, searchValue: typed }}
      onOpenChange={(isOpen) => !isOpen && setTyped('')}
      options={[...missing.map((id) => ({ value: id, label: id })), ...found]}
      notFoundContent={isFetching ? <Spin size="small" /> : t('noGroups')}
      style={{ width: '100%' }}
    />
  )
}
