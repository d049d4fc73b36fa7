import { acquireDirectoryLock, type DirectoryLock } from '../db/directory-lock.ts'
import { codeOf, explain } from '../platform/private-file.ts'
import { UserError } from '../platform/user-error.ts'

/** Takes the data directory for this process. @throws UserError when it is in use, or cannot be used */
export const lockDataDirectory = async (directory: string, onLost: () => void): Promise<DirectoryLock> => {
  try {
    return await acquireDirectoryLock(directory, { onLost })
  } catch (cause) {
    // Without a code it is not the operating system that refused, and the message says who holds it.
    const sentence =
      codeOf(cause) === undefined && cause instanceof Error
        ? cause.message
        : `The data directory ${directory} cannot be used: ${explain(cause)}; set MCHAT_DATA_DIR to another one.`
    throw new UserError(sentence, { cause })
  }
}
