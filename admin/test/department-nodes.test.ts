import { expect, test } from 'vitest'
import { departmentNodes, namesakesOf } from '../src/components/department-nodes.ts'

const department = (department_id: string, name: string, parent_id: string | null) => ({
  department_id,
  name,
  parent_id,
  sort_order: 0,
})
const departments = [
  department('acme', 'Acme', null),
  department('sales', 'Sales', 'acme'),
  department('sales2', 'sales ', 'acme'),
  department('north', 'North', 'sales'),
  department('north2', 'North', 'acme'),
]

test('departments of one name are told apart by their path, and by the id where that is the same', () => {
  const titles: string[] = []
  const collect = (nodes: ReturnType<typeof departmentNodes>): void => {
    for (const { children, title } of nodes) {
      titles.push(title)
      collect(children)
    }
  }
  collect(departmentNodes(departments))
  expect(titles.toSorted()).toEqual([
    'Acme',
    'Acme / North',
    'Acme / Sales (sales)',
    'Acme / Sales / North',
    'Acme / sales  (sales2)',
  ])
})

test('namesakes are others in the same place, however they are written', () => {
  const ids = (of: Parameters<typeof namesakesOf>[1]) =>
    namesakesOf(departments, of).map(({ department_id }) => department_id)
  expect(ids({ name: ' SALES', parent_id: 'acme' })).toEqual(['sales', 'sales2'])
  expect(ids({ department_id: 'sales', name: 'Sales', parent_id: 'acme' })).toEqual(['sales2'])
  expect(ids({ name: 'Sales', parent_id: null })).toEqual([])
})
