import { type FileKeys, MChatError, placeOf } from '@mchat/schema'
import { LRUCache } from 'lru-cache'
import type { ObjectStore, StoredObject } from '../objects/object-store.ts'
import type { Log } from '../ops/log.ts'
import { fileNameIn } from './file-name.ts'
import type { Scan } from './scan.ts'

/** Makes what was put somewhere a file that can be read. */
export interface Ready {
  /**
   * The file, made readable first where it has only arrived: whoever comes first, the one who has put it there or one who
   * wants to read it. What is readable never changes any more: addresses that are still good lead to where it arrived.
   * @throws MChatError `file_not_found`, `file_incomplete`, `file_refused`, `scan_unavailable`
   */
  file(key: string): Promise<StoredObject>
  /** What has arrived and is not readable yet; undefined: nothing. */
  arrived(key: string): Promise<StoredObject | undefined>
  forget(key: string): void
}

export interface ReadyParts {
  readonly store: ObjectStore
  readonly keys: FileKeys
  readonly contentTypes: readonly string[]
  readonly maxBytes: number
  /** undefined: nothing is scanned. */
  readonly scan: Scan | undefined
  readonly log: Pick<Log, 'warn'>
}

/** A file does not change, but it can be deleted by another gateway; then its address leads nowhere. */
const REMEMBERED = { max: 10_000, ttl: 60_000 }
/** The scanner gets an address for as long as it has, and then some. */
const SCAN_ADDRESS_SECONDS = 600

export const createReady = ({ contentTypes, keys, log, maxBytes, scan, store }: ReadyParts): Ready => {
  const known = new LRUCache<string, StoredObject>(REMEMBERED)
  const underWay = new Map<string, Promise<StoredObject>>()
  const types = new Set(contentTypes)

  /** What is put with a grant was not announced: it is judged when it has come. */
  const isFine = (key: string, file: StoredObject): boolean => {
    const place = placeOf(key)
    const isOwn = place?.kind !== 'employee' || file.owner === place.employeeId
    return (
      isOwn && types.has(file.contentType) && /^attachment\b/i.test(file.contentDisposition) && file.size <= maxBytes
    )
  }

  /** Where it has arrived it can still be replaced, so it is looked at elsewhere. */
  const check = async (key: string): Promise<void> => {
    const [incoming, at] = [keys.incoming(key), keys.checking(key)]
    let file = await store.head(at)
    if (file === undefined) {
      if (await store.copy(incoming, at)) await store.delete(incoming)
      // Also when another gateway has moved it there meanwhile.
      file = await store.head(at)
    }
    if (file === undefined) return await requireReady(key)
    if (!isFine(key, file)) {
      await store.delete(at)
      throw new MChatError('file_incomplete')
    }
    if (scan !== undefined) await requireClean(key, at, file, scan)
    if (!(await store.copy(at, key))) return await requireReady(key)
    await store.delete(at)
  }

  /** It moves from place to place, never back: what is at none of the earlier ones is there, or nowhere. */
  const requireReady = async (key: string): Promise<void> => {
    if ((await store.head(key)) === undefined) throw new MChatError('file_not_found')
  }

  const requireClean = async (key: string, at: string, file: StoredObject, scan: Scan): Promise<void> => {
    const { url } = await store.signGet(at, SCAN_ADDRESS_SECONDS)
    if (await scan.isClean({ key, ...file, fileName: fileNameIn(file.contentDisposition), url })) return
    log.warn({ key, employee_id: file.owner }, 'the scanner has refused a file')
    await store.delete(at)
    throw new MChatError('file_refused')
  }

  const make = async (key: string): Promise<StoredObject> => {
    let file = await store.head(key)
    if (file === undefined) {
      await check(key)
      file = await store.head(key)
    }
    if (file === undefined) throw new MChatError('file_not_found')
    known.set(key, file)
    return file
  }

  const fileAt = async (key: string): Promise<StoredObject> => {
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const before = underWay.get(key)
    if (before === undefined) {
      const made = make(key).finally(() => underWay.delete(key))
      underWay.set(key, made)
      return await made
    }
    try {
      // One after the other they would wait for a scanner that is away as often as they are many.
      return await before
    } catch (error) {
      if (!(error instanceof MChatError) || error.key !== 'file_not_found') throw error
      // It may have arrived since that one looked.
      return await fileAt(key)
    }
  }

  return {
    file: fileAt,
    arrived: async (key) => (await store.head(keys.checking(key))) ?? (await store.head(keys.incoming(key))),
    forget: (key) => void known.delete(key),
  }
}
