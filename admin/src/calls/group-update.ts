import { defineChange } from './call.ts'

export const useGroupUpdate = defineChange('group.update', { moves: ['group'] })
