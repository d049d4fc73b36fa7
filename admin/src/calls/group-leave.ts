import { defineChange } from './call.ts'

export const useGroupLeave = defineChange('group.leave', { moves: ['group'] })
