import { defineLookUp } from './look-up.ts'

export const useEmployeeLookUp = defineLookUp('employee.get')
