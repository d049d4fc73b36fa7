import { defineChange } from './call.ts'

export const useGroupMemberRemove = defineChange('group.member_remove', { moves: ['group'] })
