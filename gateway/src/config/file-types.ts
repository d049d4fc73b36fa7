import { type Kind, list } from './kinds.ts'

/**
 * What files may be declared to be: what people send each other, and nothing that a browser would run in the name of
 * whoever hands it out.
 */
export const DEFAULT_FILE_TYPES: readonly string[] = [
  'application/octet-stream',
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/heic',
  'image/heif',
  'image/bmp',
  'image/tiff',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/opus',
  'audio/flac',
  'audio/wav',
  'audio/webm',
  'audio/amr',
  'video/mp4',
  'video/mpeg',
  'video/ogg',
  'video/quicktime',
  'video/webm',
  'video/x-matroska',
  'text/plain',
  'text/csv',
  'text/markdown',
  'application/json',
  'application/pdf',
  'application/rtf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/epub+zip',
  'application/zip',
  'application/gzip',
  'application/x-7z-compressed',
  'application/x-bzip2',
  'application/x-tar',
  'application/x-xz',
  'application/vnd.rar',
]

/** As file.upload_url takes it: in lower case, without parameters. */
const CONTENT_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/
const LONGEST = 127

/** Markup that can hold a script, scripts, and the wrappings in which browsers look for either. */
const RUN_BY_BROWSERS = [
  /^text\/(html|xml|xsl|x-component|cache-manifest)$/,
  /^application\/(xml|hta|x-shockwave-flash|x-xpinstall)$/,
  /[+]xml$/,
  /(java|ecma|j|live|vb)script/,
  /^multipart\//,
  /^message\//,
]

export const isRunByBrowsers = (contentType: string): boolean =>
  RUN_BY_BROWSERS.some((pattern) => pattern.test(contentType))

const refuseType = (type: string): boolean => !CONTENT_TYPE.test(type) || type.length > LONGEST || isRunByBrowsers(type)

/** An operator cannot list what browsers run either: the object store would hand it out, where no header of ours helps. */
export const fileTypes: Kind<readonly string[]> = {
  ...list('a list of content types such as image/png, none of them one that browsers run', refuseType),
  refuse(types) {
    if (types.length === 0) return 'is empty'
    const wrong = types.find(refuseType)
    if (wrong === undefined) return undefined
    return `contains ${JSON.stringify(wrong)}${isRunByBrowsers(wrong) ? ', which browsers run' : ''}`
  },
}
