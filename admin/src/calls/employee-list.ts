import { definePagedRead, defineWholeRead, type ReadOptions } from './call.ts'

const options: ReadOptions = { movedBy: ['employee', 'agent', 'role'] }

export const useEmployeeList = definePagedRead('employee.list', ({ employees }) => employees, options)

/** For what is known to be few: it asks as often as there are pages. */
export const useWholeEmployeeList = defineWholeRead('employee.list', ({ employees }) => employees, options)
