import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { GENERATED_MARK } from './markdown.ts'
import { GENERATED_FOLDER, REFERENCE_FOLDER } from './products.ts'

export interface Difference {
  readonly path: string
  readonly problem: 'differs' | 'missing' | 'left over'
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const absentAs = async <T>(absent: T, attempt: Promise<T>): Promise<T> => {
  try {
    return await attempt
  } catch (error) {
    if (isMissing(error)) return absent
    throw error
  }
}

const textOf = (root: string, path: string): Promise<string | undefined> =>
  absentAs(undefined, readFile(join(root, path), 'utf8'))

const filesIn = async (root: string, folder: string): Promise<string[]> => {
  const entries = await absentAs([], readdir(join(root, folder), { withFileTypes: true, recursive: true }))
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

const leftOver = async (root: string, files: ReadonlyMap<string, string>): Promise<string[]> => {
  const found = await filesIn(root, GENERATED_FOLDER)
  for (const path of await filesIn(root, REFERENCE_FOLDER)) {
    if ((await textOf(root, path))?.includes(GENERATED_MARK)) found.push(path)
  }
  return found.filter((path) => !files.has(path))
}

/** Where the files under `root` are not what is generated now. */
export const differences = async (root: string, files: ReadonlyMap<string, string>): Promise<Difference[]> => {
  const found: Difference[] = []
  for (const [path, text] of files) {
    const onDisk = await textOf(root, path)
    if (onDisk !== text) found.push({ path, problem: onDisk === undefined ? 'missing' : 'differs' })
  }
  for (const path of await leftOver(root, files)) found.push({ path, problem: 'left over' })
  return found
}

/** Makes the files under `root` what is generated now, and answers what had to change. */
export const bringUpToDate = async (root: string, files: ReadonlyMap<string, string>): Promise<Difference[]> => {
  const found = await differences(root, files)
  for (const { path } of found) {
    const text = files.get(path)
    if (text === undefined) {
      await rm(join(root, path))
    } else {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
    }
  }
  return found
}
