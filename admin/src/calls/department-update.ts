import { defineChange } from './call.ts'

export const useDepartmentUpdate = defineChange('department.update', { moves: ['department'] })
