import { defineChange } from './call.ts'

export const useEmployeeExport = defineChange('employee.export', { moves: [] })
