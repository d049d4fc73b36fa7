import { defineRead } from './call.ts'

export const useAgentStats = defineRead('agent.stats', { movedBy: ['run', 'agent'] })
