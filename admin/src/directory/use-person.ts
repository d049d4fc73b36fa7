import { useEmployeeGet } from '../calls/employee-get.ts'

export interface Named {
  readonly employee_id: string
  readonly name: string
  readonly is_ai_agent: boolean
}

/** Who it is; until that is known, or where nobody is any more, the id. */
export const usePerson = (employeeId: string | undefined): Named => {
  const { data } = useEmployeeGet(employeeId === undefined ? undefined : { employee_id: employeeId })
  return data ?? { employee_id: employeeId ?? '', name: employeeId ?? '', is_ai_agent: false }
}
