import type { SendFileOptions } from './files.ts'
import type { UploadOptions } from './upload.ts'

type Named<T> = { readonly [Name in keyof Required<T>]: true }

const OF_UPLOADS: Named<UploadOptions> = {
  name: true,
  contentType: true,
  toEmployeeId: true,
  groupId: true,
  size: true,
  sha256: true,
  onProgress: true,
  signal: true,
  resume: true,
  partsAtOnce: true,
  onBegun: true,
}
const OF_SENT_FILES: Named<SendFileOptions & UploadOptions> = {
  ...OF_UPLOADS,
  width: true,
  height: true,
  message: true,
}

/**
 * Whom a file is for must be said as it is meant: without a recipient it is for oneself alone, and one that is misspelt, or
 * is missing where it came from, would mean that and nobody would notice.
 * @throws TypeError that names the option
 */
export const requireUploadOptions = (options: UploadOptions): void => requireOptions(options, OF_UPLOADS)

/** @throws TypeError as above, and where there is no recipient */
export const requireSendOptions = (options: SendFileOptions & UploadOptions): void => {
  requireOptions(options, OF_SENT_FILES)
  if (options.toEmployeeId === undefined && options.groupId === undefined) {
    throw new TypeError('toEmployeeId or groupId is missing: for whom is the file?')
  }
}

const requireOptions = (options: UploadOptions, known: Readonly<Record<string, true>>): void => {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`there is no option ${name}, only ${Object.keys(known).join(', ')}`)
    }
  }
  for (const name of ['toEmployeeId', 'groupId'] as const) {
    const value: unknown = options[name]
    if (name in options && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`${name} must be an id, not ${value === '' ? 'an empty string' : String(value)}`)
    }
  }
  if (options.toEmployeeId !== undefined && options.groupId !== undefined) {
    throw new TypeError('toEmployeeId and groupId are both there: a file is for one conversation')
  }
}
