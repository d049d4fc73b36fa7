import { defineRead } from './call.ts'

export const useOrgTree = defineRead('org.tree', { movedBy: ['employee', 'department'] })
