import { type FileKeys, MChatError, placeOf } from '@mchat/schema'
import { type ObjectStore, type StoredObject, StoreFull } from '../objects/object-store.ts'
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
  /**
   * Lets an upload in parts come to its place, where nobody has put anything for this key in another way before it: what is
   * being looked at, is readable or was deleted stays as it is, and the upload counts for nothing.
   * @param at the place, for `keys.checking(key)` or the key itself
   * @returns whether it was let
   */
  arrive(key: string, at: string, put: () => Promise<void>): Promise<boolean>
  /** Who has put something there, readable or not, or refused; undefined: there is nothing. */
  ownerOf(key: string): Promise<string | undefined>
  /** Deletes what this employee has put there, wherever it is; what is put there again is none. @returns whether there was anything */
  end(key: string, owner: string): Promise<boolean>
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

/** What stands in the place of a file, as its type. */
const REFUSED = 'application/x-mchat-refused'
const DELETED = 'application/x-mchat-deleted'
/** The scanner gets an address for as long as it has, and then some. */
const SCAN_ADDRESS_SECONDS = 600

export const createReady = ({ contentTypes, keys, log, maxBytes, scan, store }: ReadyParts): Ready => {
  const underWay = new Map<string, Promise<StoredObject>>()
  const inTurn = createOneAtATime()
  const types = new Set(contentTypes)

  /** What is put with a grant was not announced: it is judged when it has come. */
  const isFine = (key: string, file: StoredObject): boolean => {
    const place = placeOf(key)
    const isOwn = place?.kind !== 'employee' || file.owner === place.employeeId
    return (
      isOwn && types.has(file.contentType) && /^attachment\b/i.test(file.contentDisposition) && file.size <= maxBytes
    )
  }

  /** An address that is still good could bring it back, or something else in its place. */
  const mark = (key: string, owner: string, type: string): Promise<void> =>
    store.mark(keys.ended(key), { contentType: type, contentDisposition: 'attachment', owner })

  /** @returns false: there is no room for it */
  const isMarked = async (key: string, owner: string): Promise<boolean> => {
    try {
      await mark(key, owner, DELETED)
      return true
    } catch (error) {
      if (error instanceof StoreFull) return false
      throw error
    }
  }

  /** Where it has arrived it can still be replaced, so it is looked at elsewhere. */
  const check = async (key: string): Promise<void> => {
    await requireNoEnd(key)
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
    // It may have been deleted by another gateway after it was copied, and before it was seen there.
    await requireNoEnd(key).catch(async (error: unknown) => {
      await store.delete(key)
      throw error
    })
  }

  const requireNoEnd = async (key: string): Promise<void> => {
    const ended = await store.head(keys.ended(key))
    if (ended !== undefined) throw new MChatError(ended.contentType === REFUSED ? 'file_refused' : 'file_not_found')
  }

  /** It moves from place to place, never back: what is at none of the earlier ones is there, or nowhere. */
  const requireReady = async (key: string): Promise<void> => {
    if ((await store.head(key)) === undefined) throw new MChatError('file_not_found')
  }

  const requireClean = async (key: string, at: string, file: StoredObject, scan: Scan): Promise<void> => {
    const { url } = await store.signGet(at, SCAN_ADDRESS_SECONDS)
    if (await scan.isClean({ key, ...file, fileName: fileNameIn(file.contentDisposition), url })) return
    log.warn({ key, employee_id: file.owner }, 'the scanner has refused a file')
    await mark(key, file.owner, REFUSED)
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
    return file
  }

  const fileAt = async (key: string): Promise<StoredObject> => {
    const before = underWay.get(key)
    if (before === undefined) {
      const made = inTurn(key, () => make(key)).finally(() => underWay.delete(key))
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

  const isTaken = async (key: string): Promise<boolean> => {
    for (const place of [keys.ended(key), keys.checking(key), key]) {
      if ((await store.head(place)) !== undefined) return true
    }
    return false
  }

  return {
    file: fileAt,
    arrive: (key, at, put) =>
      inTurn(key, async () => {
        // Of this gateway nothing comes in between. Of another one it may: then the store keeps what is there, if it knows
        // how to.
        if (await isTaken(key)) return false
        await put()
        // It may have been deleted by another gateway, in another form, meanwhile.
        if ((await store.head(keys.ended(key))) !== undefined) await store.delete(at)
        return true
      }),
    async ownerOf(key) {
      // The way it goes, or what is moved on or deleted meanwhile would be nowhere.
      for (const place of [keys.incoming(key), keys.checking(key), key, keys.ended(key)]) {
        const found = await store.head(place)
        if (found !== undefined) return found.owner
      }
      return undefined
    },
    async end(key, owner) {
      let isThere = false
      let hasMark = false
      // The way a file goes, so that one that is being made readable meanwhile does not slip past.
      for (const place of [keys.incoming(key), keys.checking(key), key]) {
        if ((await store.head(place))?.owner !== owner) continue
        if (!isThere) hasMark = await isMarked(key, owner)
        isThere = true
        await store.delete(place)
      }
      // Whoever deletes because there is no room makes some for it.
      if (isThere && !hasMark) await mark(key, owner, DELETED)
      // Asked again it is as done as it was.
      return isThere || (await store.head(keys.ended(key)))?.owner === owner
    },
  }
}
