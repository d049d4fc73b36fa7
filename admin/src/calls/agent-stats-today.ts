import { defineRead } from './call.ts'

/** For lists: not asked again with every call of every agent. */
export const useAgentStatsToday = defineRead('agent.stats', { movedBy: ['agent'], everyMs: 60_000 })
