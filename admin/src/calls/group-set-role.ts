import { defineChange } from './call.ts'

export const useGroupSetRole = defineChange('group.set_role', { moves: ['group'] })
