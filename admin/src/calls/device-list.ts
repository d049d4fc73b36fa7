import { defineRead } from './call.ts'

export const useDeviceList = defineRead('device.list', { movedBy: ['session', 'credential'] })
