import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('config.storage', ({ caller, files }) => files.grant(caller.employeeId))
