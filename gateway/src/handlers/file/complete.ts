import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('file.complete', ({ caller, files }, { key, upload_id }) =>
  files.complete(caller.employeeId, key, upload_id),
)
