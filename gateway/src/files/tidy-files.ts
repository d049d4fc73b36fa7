import { type FileKeys, LIMITS, placeOf } from '@mchat/schema'
import type { ObjectStore } from '../objects/object-store.ts'
import type { Clock } from '../platform/clock.ts'

export interface TidyFilesParts {
  readonly store: ObjectStore
  readonly keys: FileKeys
  readonly clock: Pick<Clock, 'now'>
}

export interface Tidied {
  readonly files: number
  readonly uploads: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Removes what was put and never completed, and what was made to be fetched. @param hours how old it must be */
export const removeUnfinished = async (
  { clock, keys, store }: TidyFilesParts,
  hours: number = LIMITS.fileUploadHours,
): Promise<Tidied> => {
  const before = clock.now() - hours * HOUR
  let files = 0
  let uploads = 0
  for (const prefix of keys.passingPrefixes) {
    for await (const { key, modifiedAt } of store.list(prefix)) {
      if (modifiedAt.getTime() >= before) continue
      await store.delete(key)
      files++
    }
  }
  for await (const { key, startedAt, uploadId } of store.listUploads(keys.prefix)) {
    if (startedAt.getTime() >= before) continue
    await store.abortUpload(key, uploadId)
    uploads++
  }
  return { files, uploads }
}

/** Removes files by their age. @returns how many */
export const removeOld = async ({ clock, keys, store }: TidyFilesParts, days: number): Promise<number> => {
  const before = clock.now() - days * DAY
  let files = 0
  for await (const { key, modifiedAt } of store.list(keys.prefix)) {
    if (modifiedAt.getTime() >= before || placeOf(key) === undefined) continue
    await store.delete(key)
    files++
  }
  return files
}
