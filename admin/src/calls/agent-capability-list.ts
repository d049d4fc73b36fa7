import { defineRead } from './call.ts'

export const useAgentCapabilityList = defineRead('agent.capability_list', { movedBy: ['agent'] })
