import { definePagedRead, defineWholeRead } from './call.ts'

export const useGroupList = definePagedRead('group.list', ({ groups }) => groups, { movedBy: ['group'] })

export const useWholeGroupList = defineWholeRead('group.list', ({ groups }) => groups, { movedBy: ['group'] })
