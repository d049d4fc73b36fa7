/** What `employee.import` takes of a person and the columns of `employee.export`, in their order and by the same names. */
export const EMPLOYEE_COLUMNS = [
  'employee_id',
  'name',
  'department_id',
  'department',
  'manager_id',
  'skills_badge',
  'roles',
  'status',
] as const
export type EmployeeColumn = (typeof EMPLOYEE_COLUMNS)[number]
