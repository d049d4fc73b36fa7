import { defineRead } from './call.ts'

/** The address is good for some minutes; what was fetched from it stays. */
export const useFileDownloadUrl = defineRead('file.download_url', { movedBy: [] })
