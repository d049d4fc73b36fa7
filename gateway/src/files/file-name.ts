import { create, parse } from 'content-disposition'

/**
 * The name of a file as a header that makes a browser save it and never show it (RFC 6266, with RFC 8187 for what is not
 * ASCII). A name is no path, and what would let it look like another one is taken out.
 */
export const dispositionOf = (fileName: string): string => {
  const last = fileName.split(/[/\\]/).at(-1) ?? ''
  const name = last
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '_')
    .trim()
  return create(name === '' || /^\.+$/.test(name) ? 'file' : name)
}

/** null: it has none. */
export const fileNameIn = (disposition: string): string | null => {
  try {
    return parse(disposition).parameters.filename ?? null
  } catch {
    return null
  }
}
