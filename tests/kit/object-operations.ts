import type { ObjectStore, ObjectTraits } from '../../gateway/src/objects/object-store.ts'
import { allOf } from './all-of.ts'

export const TRAITS: ObjectTraits = {
  contentType: 'image/png',
  contentDisposition: `attachment; filename="a.png"; filename*=UTF-8''%E5%9B%BE.png`,
  owner: 'ann',
}

/** Bytes in pieces. */
export const pieces = async function* (bytes: Uint8Array, pieceBytes = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

const KEY = 'mchat/employee/ann/1'
const LARGE = Buffer.alloc(9 * 1024 ** 2, 'x')

/** Everything that asks the store for something. */
export const EVERY_OPERATION: Readonly<Record<string, (store: ObjectStore) => Promise<unknown>>> = {
  head: (store) => store.head(KEY),
  put: (store) => store.put(KEY, TRAITS, pieces(LARGE.subarray(0, 10))),
  mark: (store) => store.mark(KEY, TRAITS),
  'put in parts': (store) => store.put(KEY, TRAITS, pieces(LARGE)),
  copy: (store) => store.copy(KEY, `${KEY}2`),
  delete: (store) => store.delete(KEY),
  beginUpload: (store) => store.beginUpload(KEY, TRAITS),
  parts: (store) => store.parts(KEY, 'u'),
  completeUpload: (store) => store.completeUpload(KEY, 'u', [{ partNumber: 1, size: 1, etag: '"e"' }]),
  abortUpload: (store) => store.abortUpload(KEY, 'u'),
  list: (store) => allOf(store.list('')),
  listUploads: (store) => allOf(store.listUploads('')),
}

/** What it was rejected with. */
export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
