import { defineChange } from './call.ts'

export const useGroupMemberAdd = defineChange('group.member_add', { moves: ['group'] })
