import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Cursor, Department, Employee, Limit, Name, NextCursor } from '../entities.ts'
import { DepartmentId } from '../id-fields.ts'

const SortOrder = Type.Integer({ minimum: -2147483648, maximum: 2147483647 })
const Parent = Type.Union([DepartmentId, Type.Null()])

export const departmentActions = {
  'department.create': defineAction({
    summary: 'Adds a department.',
    input: Type.Object({
      department_id: Type.Optional(DepartmentId),
      name: Name,
      parent_id: Type.Optional(Parent),
      sort_order: Type.Optional(SortOrder),
    }),
    output: Department,
    rule: 'department_create',
    kind: 'change',
    errors: ['id_taken', 'department_not_found'],
    audited: ['department_id', 'name', 'parent_id', 'sort_order'],
    target: 'department_id',
  }),
  'department.update': defineAction({
    summary: 'Renames, moves or reorders a department.',
    input: Type.Object({
      department_id: DepartmentId,
      name: Type.Optional(Name),
      parent_id: Type.Optional(Parent),
      sort_order: Type.Optional(SortOrder),
    }),
    output: Department,
    rule: 'department_manage',
    fields: { parent_id: [['manages_parent']] },
    kind: 'change',
    errors: ['department_not_found', 'department_cycle'],
    audited: ['department_id', 'name', 'parent_id', 'sort_order'],
    target: 'department_id',
  }),
  'department.delete': defineAction({
    summary: 'Removes a department that has neither people nor departments in it.',
    input: Type.Object({ department_id: DepartmentId }),
    output: Type.Object({ department_id: DepartmentId }),
    rule: 'department_manage',
    kind: 'change',
    errors: ['department_not_found', 'department_not_empty'],
    audited: ['department_id'],
    target: 'department_id',
  }),
  'department.get': defineAction({
    summary: 'One department.',
    input: Type.Object({ department_id: DepartmentId }),
    output: Department,
    rule: 'everyone',
    kind: 'read',
    errors: ['department_not_found'],
  }),
  'department.list': defineAction({
    summary: 'Departments in the order of their ids, or those directly below one.',
    input: Type.Object({
      parent_id: Type.Optional(Parent),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(Limit),
    }),
    output: Type.Object({ departments: Type.Array(Department), next_cursor: NextCursor }),
    rule: 'everyone',
    kind: 'read',
    errors: ['department_not_found'],
  }),
  'org.tree': defineAction({
    summary: 'The organisation, or the part below one department; only what a directory shows.',
    input: Type.Object({
      if_version: Type.Optional(Type.Integer({ minimum: 0 })),
      department_id: Type.Optional(DepartmentId),
    }),
    output: Type.Object({
      version: Type.Integer(),
      unchanged: Type.Optional(Type.Literal(true)),
      departments: Type.Optional(
        Type.Array(Type.Pick(Department, ['department_id', 'name', 'parent_id', 'sort_order'])),
      ),
      employees: Type.Optional(
        Type.Array(
          Type.Pick(Employee, ['employee_id', 'name', 'department_id', 'manager_id', 'is_ai_agent', 'skills_badge']),
        ),
      ),
    }),
    rule: 'everyone',
    kind: 'read',
    heavy: true,
    errors: ['department_not_found'],
  }),
}
