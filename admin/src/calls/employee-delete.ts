import { defineChange } from './call.ts'

export const useEmployeeDelete = defineChange('employee.delete', { moves: ['employee', 'agent', 'group', 'session'] })
