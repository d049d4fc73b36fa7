import { defineChange } from './call.ts'

export const useEmployeeResetCredentials = defineChange('employee.reset_credentials', {
  moves: ['session', 'credential'],
})
