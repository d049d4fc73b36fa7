import { encodeComponent } from '../sign.ts'

/** Of a key, encoded (S3: 1024 bytes as it is); and of what stands between two slashes, which becomes a file name. */
const KEY_BYTES = 1024
const NAME_BYTES = 250
/** Each is a folder to be made, flushed and walked, which counts towards no quota. */
const LEVELS = 32

/**
 * Where an object is kept: a folder for each level but the last, whose name begins with `=`, which no encoded level
 * contains. So `a` and `a/b` can both be objects, and no key leads out of the directory or to a hidden file.
 * @returns undefined: the key is too long, too deep or empty
 */
export const pathOf = (key: string): string | undefined => {
  if (key === '' || Buffer.byteLength(key) > KEY_BYTES || !key.isWellFormed() || key.includes('\0')) return undefined
  const levels = key.split('/', LEVELS + 1).map(encodeLevel)
  if (levels.length > LEVELS) return undefined
  levels.push(`=${levels.pop()}`)
  return levels.every((level) => level.length <= NAME_BYTES) ? levels.join('/') : undefined
}

/** The key of what is kept at a path, which `pathOf` has made. */
export const keyAt = (path: string): string =>
  path
    .split('/')
    .map((level) => decodeURIComponent(level.replace(/^=/, '').replace(/^%$/, '')))
    .join('/')

const encodeLevel = (level: string): string => {
  // Nothing that begins with a dot: neither `..` nor what file systems and backups take for hidden.
  const encoded = encodeComponent(level).replace(/^\./, '%2E')
  return encoded === '' ? '%' : encoded
}
