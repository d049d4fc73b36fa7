import { defineChange } from './call.ts'

export const useGroupTransfer = defineChange('group.transfer', { moves: ['group'] })
