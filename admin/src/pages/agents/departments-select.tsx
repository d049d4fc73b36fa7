import { TreeSelect } from 'antd'
import { useMemo } from 'react'
import { useDepartmentList } from '../../calls/department-list.ts'
import { departmentNodes } from '../../components/department-nodes.ts'
import { useTexts } from '../../language/language.ts'
import { profileTexts } from './profile-texts.ts'

interface DepartmentsSelectProps {
  readonly id?: string
  readonly value?: readonly string[]
  readonly onChange?: (value: string[]) => void
}

/** Several departments; what is below one is meant with it. Fits into a `Form.Item`. */
export const DepartmentsSelect = ({ id, onChange, value = [] }: DepartmentsSelectProps) => {
  const t = useTexts(profileTexts)
  const { data, isFetching } = useDepartmentList({})
  const nodes = useMemo(() => departmentNodes(data ?? []), [data])
  return (
    <TreeSelect
      {...(id === undefined ? {} : { id })}
      multiple
      value={[...value]}
      onChange={(next: string[]) => onChange?.(next)}
      treeData={nodes}
      loading={isFetching}
      allowClear
      showSearch={{ treeNodeFilterProp: 'title' }}
      treeDefaultExpandAll
      placeholder={t('chooseDepartments')}
      style={{ width: '100%' }}
    />
  )
}
