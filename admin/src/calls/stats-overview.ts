import { defineRead } from './call.ts'

/** Gateways write their numbers down every few seconds; nothing announces them. */
export const useStatsOverview = defineRead('stats.overview', { movedBy: ['stats'], everyMs: 5000 })
