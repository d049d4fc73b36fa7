import { type FileKeys, MChatError, placeOf } from '@mchat/schema'
import { LRUCache } from 'lru-cache'
import type { ObjectStore, StoredObject } from '../objects/object-store.ts'
import type { Log } from '../ops/log.ts'
import { createOneAtATime } from '../platform/one-at-a-time.ts'
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
  /** undefined: nothing is scanned. */
  readonly scan: Scan | undefined
  readonly log: Pick<Log, 'warn'>
}

/** A file does not change, but it can be deleted by another gateway; then its address leads nowhere. */
const REMEMBERED = { max: 10_000, ttl: 60_000 }
/** The scanner gets an address for as long as it has, and then some. */
const SCAN_ADDRESS_SECONDS = 600

export const createReady = ({ contentTypes, keys, log, scan, store }: ReadyParts): Ready => {
  const known = new LRUCache<string, StoredObject>(REMEMBERED)
  const inTurn = createOneAtATime()
  const types = new Set(contentTypes)

  const accept = async (key: string): Promise<void> => {
    const incoming = keys.incoming(key)
    const arrived = await store.head(incoming)
    if (arrived === undefined) throw new MChatError('file_not_found')
    // What is put with a grant is put without having been announced.
    const place = placeOf(key)
    const isOwn = place?.kind !== 'employee' || arrived.owner === place.employeeId
    if (!isOwn || !types.has(arrived.contentType) || !/^attachment\b/i.test(arrived.contentDisposition)) {
      throw new MChatError('file_incomplete')
    }
    if (!(await store.copy(incoming, scan === undefined ? key : keys.scanning(key))))
      throw new MChatError('file_not_found')
    await store.delete(incoming)
  }

  const scanned = async (key: string, scan: Scan): Promise<void> => {
    const at = keys.scanning(key)
    if ((await store.head(at)) === undefined) await accept(key)
    const file = await store.head(at)
    if (file === undefined) throw new MChatError('file_not_found')
    const { url } = await store.signGet(at, SCAN_ADDRESS_SECONDS)
    const isClean = await scan.isClean({ key, ...file, fileName: fileNameIn(file.contentDisposition), url })
    if (!isClean) {
      log.warn({ key, employee_id: file.owner }, 'the scanner has refused a file')
      await store.delete(at)
      throw new MChatError('file_refused')
    }
    if (!(await store.copy(at, key))) throw new MChatError('file_not_found')
    await store.delete(at)
  }

  return {
    async file(key) {
      const remembered = known.get(key)
      if (remembered !== undefined) return remembered
      return await inTurn(key, async () => {
        let file = await store.head(key)
        if (file === undefined) {
          await (scan === undefined ? accept(key) : scanned(key, scan))
          file = await store.head(key)
        }
        if (file === undefined) throw new MChatError('file_not_found')
        known.set(key, file)
        return file
      })
    },
    arrived: async (key) => (await store.head(keys.scanning(key))) ?? (await store.head(keys.incoming(key))),
    forget: (key) => void known.delete(key),
  }
}
