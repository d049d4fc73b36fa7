import { defineChange } from './call.ts'

export const useAgentCancel = defineChange('agent.cancel', { moves: ['run'] })
