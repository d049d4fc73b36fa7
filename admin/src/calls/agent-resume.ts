import { defineChange } from './call.ts'

export const useAgentResume = defineChange('agent.resume', { moves: ['agent'] })
