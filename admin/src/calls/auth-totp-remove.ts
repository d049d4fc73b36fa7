import { defineChange } from './call.ts'

export const useAuthTotpRemove = defineChange('auth.totp_remove', { moves: ['credential'] })
