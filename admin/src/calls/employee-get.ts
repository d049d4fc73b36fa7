import { defineRead } from './call.ts'

export const useEmployeeGet = defineRead('employee.get', { movedBy: ['employee', 'agent', 'role'] })
