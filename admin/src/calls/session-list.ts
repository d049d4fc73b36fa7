import { defineRead } from './call.ts'

export const useSessionList = defineRead('session.list', { movedBy: ['session', 'credential'] })
