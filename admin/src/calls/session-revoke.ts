import { defineChange } from './call.ts'

export const useSessionRevoke = defineChange('session.revoke', { moves: ['session', 'credential'] })
