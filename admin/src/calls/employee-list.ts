import { definePagedRead } from './call.ts'

export const useEmployeeList = definePagedRead('employee.list', ({ employees }) => employees, {
  movedBy: ['employee', 'agent', 'role'],
})
