import { defineChange } from './call.ts'

export const useAgentSetSecret = defineChange('agent.set_secret', { moves: ['agent'] })
