import { definePagedRead } from './call.ts'

export const useGroupMemberList = definePagedRead('group.member_list', ({ members }) => members, { movedBy: ['group'] })
