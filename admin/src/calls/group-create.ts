import { defineChange } from './call.ts'

export const useGroupCreate = defineChange('group.create', { moves: ['group'], creates: true })
