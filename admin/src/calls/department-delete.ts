import { defineChange } from './call.ts'

export const useDepartmentDelete = defineChange('department.delete', { moves: ['department'] })
