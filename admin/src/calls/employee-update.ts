import { defineChange } from './call.ts'

export const useEmployeeUpdate = defineChange('employee.update', { moves: ['employee', 'agent', 'role'] })
