import { defineChange } from './call.ts'

export const useAuthzExplain = defineChange('authz.explain', { moves: [] })
