import { defineChange } from './call.ts'

export const useSystemAnnounce = defineChange('system.announce', { moves: ['announcement'], creates: true })
