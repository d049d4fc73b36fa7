import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('file.upload_status', ({ caller, files }, { key, upload_id }) =>
  files.uploadStatus(caller.employeeId, key, upload_id),
)
