import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { roomOf } from '../../src/objects/embedded/object-header.ts'

export interface StoreOnDisk {
  /** Of objects with what stands before them, and of parts, with as much for every upload. */
  readonly bytes: number
  /** Files that are neither an object, nor an upload, nor the only one of a part of it. */
  readonly strays: readonly string[]
}

/** What is in the directory of a store, read without it. */
export const storeOnDisk = async (directory: string): Promise<StoreOnDisk> => {
  const strays: string[] = []
  const parts = new Set<string>()
  const folders = new Set<string>()
  const begun = new Set<string>()
  let bytes = 0
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const [place, ...rest] = relative(directory, path).split('/')
    if (entry.isDirectory()) {
      if (place === 'uploads' && rest.length === 1) folders.add(rest[0] ?? '')
      continue
    }
    const { size } = await stat(path)
    const part = /^(\d+)\.[0-9a-f]{32}$/.exec(entry.name)?.[1]
    if (place === 'objects' && entry.name.startsWith('=')) bytes += size
    else if (place === 'uploads' && entry.name === 'upload.json') {
      begun.add(rest[0] ?? '')
      bytes += roomOf(0)
    } else if (place === 'uploads' && part !== undefined && !parts.has(`${rest[0]}/${part}`)) {
      parts.add(`${rest[0]}/${part}`)
      bytes += size
    } else strays.push(relative(directory, path))
  }
  strays.push(...[...folders].filter((folder) => !begun.has(folder)))
  return { bytes, strays }
}
