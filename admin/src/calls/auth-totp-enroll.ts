import { defineChange } from './call.ts'

export const useAuthTotpEnroll = defineChange('auth.totp_enroll', { moves: [] })
