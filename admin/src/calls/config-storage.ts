import { defineRead } from './call.ts'

/** A grant for oneself, of which only the address is of interest here. */
export const useConfigStorage = defineRead('config.storage', { movedBy: [] })
