import { defineChange } from './call.ts'

export const useAgentEnable = defineChange('agent.enable', { moves: ['agent'] })
