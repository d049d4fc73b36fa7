import { defineChange } from './call.ts'

export const useAuditExport = defineChange('audit.export', { moves: [] })
