import { TreeSelect } from 'antd'
import { useMemo } from 'react'
import { useDepartmentList } from '../calls/department-list.ts'
import { defineTexts, useTexts } from '../language/language.ts'
import { departmentNodes } from './department-nodes.ts'

const texts = defineTexts('department-select', {
  en: { choose: 'Choose a department' },
  'zh-CN': { choose: '选择部门' },
})

interface DepartmentSelectProps {
  readonly id?: string
  readonly 'aria-label'?: string
  readonly value?: string | null
  readonly onChange?: (value: string | null) => void
  readonly placeholder?: string
  readonly disabled?: boolean
  /** Which ones cannot be chosen. */
  readonly isDisabled?: (departmentId: string) => boolean
}

/** Fits into a `Form.Item`; null: none. */
export const DepartmentSelect = ({ isDisabled, onChange, placeholder, value, ...rest }: DepartmentSelectProps) => {
  const t = useTexts(texts)
  const { data, isFetching } = useDepartmentList({})
  const nodes = useMemo(() => departmentNodes(data ?? [], isDisabled), [data, isDisabled])
  return (
    <TreeSelect
      {...rest}
      value={value ?? undefined}
      onChange={(next: string | undefined) => onChange?.(next ?? null)}
      treeData={nodes}
      loading={isFetching}
      allowClear
      showSearch={{ treeNodeFilterProp: 'title' }}
      treeDefaultExpandAll
      placeholder={placeholder ?? t('choose')}
      style={{ width: '100%' }}
    />
  )
}
