import { defineRead } from './call.ts'

export const useAuthTotpStatus = defineRead('auth.totp_status', { movedBy: ['credential'] })
