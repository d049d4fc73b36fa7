import { definePagedRead } from './call.ts'

export const useGroupList = definePagedRead('group.list', ({ groups }) => groups, { movedBy: ['group'] })
