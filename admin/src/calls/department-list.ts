import { defineRead } from './call.ts'

export const useDepartmentList = defineRead('department.list', { movedBy: ['department'] })
