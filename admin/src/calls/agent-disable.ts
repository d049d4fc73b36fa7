import { defineChange } from './call.ts'

export const useAgentDisable = defineChange('agent.disable', { moves: ['agent'] })
