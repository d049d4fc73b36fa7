import { definePagedRead } from './call.ts'

export const useAuditList = definePagedRead('audit.list', ({ rows }) => rows, { movedBy: [], isAlwaysAsked: true })
