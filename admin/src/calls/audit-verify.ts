import { defineChange } from './call.ts'

export const useAuditVerify = defineChange('audit.verify', { moves: [] })
