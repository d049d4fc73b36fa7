import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('file.download_url', ({ files }, { key }) => files.downloadUrl(key))
