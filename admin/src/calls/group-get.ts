import { defineRead } from './call.ts'

export const useGroupGet = defineRead('group.get', { movedBy: ['group'] })
