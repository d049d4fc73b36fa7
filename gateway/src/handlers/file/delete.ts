import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('file.delete', async ({ caller, files }, { key, upload_id }) => {
  await files.delete(caller.employeeId, key, upload_id)
  return { key }
})
