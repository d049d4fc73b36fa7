import { defineChange } from './call.ts'

export const useAuthTotpRenewCodes = defineChange('auth.totp_renew_codes', { moves: ['credential'] })
