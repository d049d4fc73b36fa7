import Type, { type Static } from 'typebox'
import { EmployeeStatus, Name, Roles, SkillsBadge } from './entities.ts'
import { DepartmentId, EmployeeId } from './id-fields.ts'

const text = (description: string) => Type.Optional(Type.String({ description }))
const textOrNull = (description: string) => Type.Optional(Type.Union([Type.String(), Type.Null()], { description }))

/**
 * A row as a spreadsheet has it. What its cells say is checked row by row, so that one wrong cell refuses its row and not
 * the request.
 */
export const EmployeeRow = Type.Object(
  {
    employee_id: text('Absent: somebody new, with an id of the gateway’s choice'),
    name: text('Required of somebody new'),
    department_id: textOrNull('null: in none'),
    department: textOrNull('The same by names, from the top: `Sales/North`; a slash in a name is written `\\/`'),
    manager_id: textOrNull('Somebody who is there or in another row of the request, before or after this one'),
    skills_badge: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], { description: 'As a text: `sql; charts`' }),
    ),
    roles: Type.Optional(
      Type.Union(
        [Type.String(), Type.Array(Type.Object({ role: Type.String(), department_id: Type.Optional(Type.String()) }))],
        {
          description:
            'As a text: `hr@dept_1; auditor`. Of somebody who is there they are only compared: `employee.update` changes them, with a second factor',
        },
      ),
    ),
    status: text('Only compared, as `roles`; somebody new is `active`'),
  },
  { description: 'An empty text is an absent one' },
)
export type EmployeeRow = Static<typeof EmployeeRow>

/** What the cells of a row have to say in the end. */
export const EmployeeRecord = Type.Object({
  employee_id: Type.Optional(EmployeeId),
  name: Type.Optional(Name),
  department_id: Type.Optional(Type.Union([DepartmentId, Type.Null()])),
  manager_id: Type.Optional(Type.Union([EmployeeId, Type.Null()])),
  skills_badge: Type.Optional(SkillsBadge),
  roles: Type.Optional(Roles),
  status: Type.Optional(EmployeeStatus),
})
export type EmployeeRecord = Static<typeof EmployeeRecord>
