import { defineWholeRead } from './call.ts'

export const useDepartmentList = defineWholeRead('department.list', ({ departments }) => departments, {
  movedBy: ['department'],
})
