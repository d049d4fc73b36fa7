import { defineChange } from './call.ts'

export const useAuthTotpConfirm = defineChange('auth.totp_confirm', { moves: ['credential'] })
