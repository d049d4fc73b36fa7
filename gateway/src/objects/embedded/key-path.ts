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

/** Where everything is kept whose key begins with something. */
export interface PrefixPath {
  /** The deepest folder that has all of it. */
  readonly folder: string
  /** Whether what has this name in that folder, or is below it, can be meant. */
  mayMatch(name: string): boolean
}

/** undefined: nothing is, since no key begins so. */
export const pathOfPrefix = (prefix: string): PrefixPath | undefined => {
  const cut = prefix.lastIndexOf('/') + 1
  // Whatever follows is a key, if anything is.
  const path = pathOf(`${prefix.slice(0, cut)}x`)
  if (path === undefined) return undefined
  const start = prefix.slice(cut)
  return { folder: path.slice(0, path.lastIndexOf('/') + 1), mayMatch: (name) => keyAt(name).startsWith(start) }
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
