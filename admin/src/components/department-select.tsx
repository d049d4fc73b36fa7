import { TreeSelect } from 'antd'
import { useMemo } from 'react'
import { useDepartmentList } from '../calls/department-list.ts'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('department-select', {
  en: { choose: 'Choose a department' },
  'zh-CN': { choose: '选择部门' },
})

interface DepartmentNode {
  readonly value: string
  readonly title: string
  readonly disabled?: boolean
  readonly children: DepartmentNode[]
}
interface DepartmentLike {
  readonly department_id: string
  readonly parent_id: string | null
  readonly name: string
  readonly sort_order: number
}

/** Departments as a tree, in their order. */
export const departmentNodes = (
  departments: readonly DepartmentLike[],
  isDisabled: (departmentId: string) => boolean = () => false,
): DepartmentNode[] => {
  const nodes = new Map(
    departments.map(({ department_id, name }) => [
      department_id,
      { value: department_id, title: name, disabled: isDisabled(department_id), children: [] as DepartmentNode[] },
    ]),
  )
  const roots: DepartmentNode[] = []
  const inOrder = departments.toSorted((a, b) => a.sort_order - b.sort_order || a.name.localeCompare(b.name))
  for (const { department_id, parent_id } of inOrder) {
    const node = nodes.get(department_id)
    if (node !== undefined) (nodes.get(parent_id ?? '')?.children ?? roots).push(node)
  }
  return roots
}

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
