import { defineChange } from './call.ts'

export const useDeviceAdd = defineChange('device.add', { moves: ['session', 'credential'], creates: true })
