import { defineRead } from './call.ts'

export const useConfigServer = defineRead('config.server', { movedBy: [] })
