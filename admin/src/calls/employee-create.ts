import { defineChange } from './call.ts'

export const useEmployeeCreate = defineChange('employee.create', { moves: ['employee', 'agent'], creates: true })
