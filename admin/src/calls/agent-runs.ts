import { definePagedRead } from './call.ts'

export const useAgentRuns = definePagedRead('agent.runs', ({ runs }) => runs, { movedBy: ['run'] })
