import { defineLookUp } from './look-up.ts'

export const useGroupLookUp = defineLookUp('group.get')
