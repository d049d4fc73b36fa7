import { definePagedRead, defineWholeRead, type ReadOptions } from './call.ts'

const options: ReadOptions = { movedBy: ['group'] }

export const useGroupMemberList = definePagedRead('group.member_list', ({ members }) => members, options)

/** Where it has to be known of somebody whether they are in it. */
export const useWholeGroupMemberList = defineWholeRead('group.member_list', ({ members }) => members, options)
