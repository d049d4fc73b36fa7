import { defineRead } from './call.ts'

export const useAuthzExplain = defineRead('authz.explain', { movedBy: ['employee', 'role', 'group', 'department'] })
