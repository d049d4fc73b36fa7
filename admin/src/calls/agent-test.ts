import { defineChange } from './call.ts'

export const useAgentTest = defineChange('agent.test', { moves: ['run'] })
