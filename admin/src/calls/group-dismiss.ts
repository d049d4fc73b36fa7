import { defineChange } from './call.ts'

export const useGroupDismiss = defineChange('group.dismiss', { moves: ['group'] })
