import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('file.part_urls', ({ caller, files }, { key, parts, upload_id }) =>
  files.partUrls(caller.employeeId, key, upload_id, parts),
)
