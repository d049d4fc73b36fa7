import { defineChange } from './call.ts'

export const useDepartmentCreate = defineChange('department.create', { moves: ['department'], creates: true })
