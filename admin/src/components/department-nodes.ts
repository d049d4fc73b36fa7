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

/** Departments as a tree, in their order. Those of the same name are told apart by their path, and by the id where that is the same. */
export const departmentNodes = (
  departments: readonly DepartmentLike[],
  isDisabled: (departmentId: string) => boolean = () => false,
): DepartmentNode[] => {
  const titleOf = departmentTitles(departments)
  const nodes = new Map(
    departments.map((department) => {
      const { department_id: value } = department
      return [
        value,
        { value, title: titleOf(department), disabled: isDisabled(value), children: [] as DepartmentNode[] },
      ]
    }),
  )
  const roots: DepartmentNode[] = []
  const inOrder = departments.toSorted((a, b) => a.sort_order - b.sort_order || a.name.localeCompare(b.name))
  for (const { department_id, parent_id } of inOrder) {
    const node = nodes.get(department_id)
    if (node !== undefined) (nodes.get(parent_id ?? '')?.children ?? roots).push(node)
  }
  return roots
}

/** The others that are called the same, in the same place. */
export const namesakesOf = <D extends DepartmentLike>(
  departments: readonly D[],
  { department_id, name, parent_id }: Pick<DepartmentLike, 'name' | 'parent_id'> & { readonly department_id?: string },
): readonly D[] =>
  departments.filter(
    (other) =>
      other.department_id !== department_id && other.parent_id === parent_id && plain(other.name) === plain(name),
  )

/** What people take for the same. */
const plain = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

const departmentTitles = (departments: readonly DepartmentLike[]): ((department: DepartmentLike) => string) => {
  const byId = new Map(departments.map((department) => [department.department_id, department]))
  const byName = Map.groupBy(departments, ({ name }) => plain(name))
  const pathOf = ({ name, parent_id }: DepartmentLike): string => {
    const names = [name]
    // What is above may be missing, or lead round while several are moved.
    for (let above = byId.get(parent_id ?? ''); above !== undefined && names.length < departments.length; ) {
      names.unshift(above.name)
      above = byId.get(above.parent_id ?? '')
    }
    return names.join(' / ')
  }
  const byPath = Map.groupBy(departments, (department) => plain(pathOf(department)))
  return (department) => {
    const { department_id, name } = department
    if ((byName.get(plain(name)) ?? []).length < 2) return name
    const path = pathOf(department)
    return (byPath.get(plain(path)) ?? []).length < 2 ? path : `${path} (${department_id})`
  }
}
