import { MChatError } from '@mchat/schema'
import type { Files } from './files.ts'

const none = async (): Promise<never> => {
  throw new MChatError('no_storage')
}

/** Where there is no object store: everything about files says so. */
export const noFiles: Files = {
  beginUpload: none,
  partUrls: none,
  uploadStatus: none,
  complete: none,
  downloadUrl: none,
  delete: none,
  grant: none,
  deliver: none,
}
