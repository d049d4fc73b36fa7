import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { allOf } from '../../../tests/kit/all-of.ts'
import type { ObjectServer } from '../../../tests/kit/object-server.ts'
import { sendSigned } from '../../../tests/kit/put-file.ts'
import { type Ledger, type State, stateAfter, type Upload, uploadAfter } from './kill-ledger.ts'
import { bytesOf, traitsOf } from './kill-operations.ts'

export interface Verdict {
  /** Sentences. */
  readonly broken: readonly string[]
  readonly objects: ReadonlyMap<string, State>
  readonly uploads: ReadonlyMap<string, Upload>
}

const bytesIn = (state: NonNullable<State>): Buffer => Buffer.concat(state.bytes.map(bytesOf))
const md5Of = (version: number): string => createHash('md5').update(bytesOf(version)).digest('hex')

/** Whether a store has what it has answered for, and nothing that is less than what it was asked. */
export const judge = async ({ store }: ObjectServer, ledger: Ledger): Promise<Verdict> => {
  const broken: string[] = []
  const pending = [...ledger.pending.values()]
  const objects = new Map<string, State>()
  const uploads = new Map<string, Upload>()
  const found = new Set((await allOf(store.list(''))).map(({ key }) => key))

  const isThere = async (key: string, state: State): Promise<boolean> => {
    if (state === undefined) return !found.has(key) && (await store.head(key)) === undefined
    const bytes = bytesIn(state)
    const expected = { ...traitsOf(state.traits), size: bytes.length }
    if (!isDeepStrictEqual(await store.head(key), expected)) return false
    const got = await sendSigned(await store.signGet(key, 60))
    return got.status === 200 && bytes.equals(Buffer.from(await got.arrayBuffer()))
  }

  const touched = pending.flatMap((operation) => ('key' in operation ? [operation] : []))
  for (const key of new Set([...found, ...ledger.objects.keys(), ...touched.map((operation) => operation.key)])) {
    const after = touched.filter((operation) => operation.key === key).map((each) => stateAfter(each, ledger))
    const allowed = [ledger.objects.get(key), ...after]
    const held = await Promise.all(allowed.map((state) => isThere(key, state)))
    if (!held.includes(true))
      broken.push(`${key} is neither ${allowed.map((each) => JSON.stringify(each)).join(' nor ')}`)
    else objects.set(key, allowed[held.indexOf(true)])
  }

  const begun = pending.flatMap((operation) => (operation.name === 'begin' ? [operation] : []))
  const listed = await allOf(store.listUploads(''))
  for (const { key, uploadId } of listed) {
    const parts = (await store.parts(key, uploadId)) ?? []
    const held = parts.map(({ etag, partNumber, size }) => [partNumber, etag, size])
    const before = ledger.uploads.get(uploadId)
    const own = pending.flatMap((each) => ('uploadId' in each && each.uploadId === uploadId ? [each] : []))
    const allowed = [
      ...(before === undefined ? [] : [before]),
      ...own.map((each) => uploadAfter(each, ledger.uploads)).filter((each) => each !== undefined),
      ...begun.map((each) => ({ key: each.key, traits: each.version, parts: new Map<number, number>() })),
    ]
    const one = allowed.find((each) => each.key === key && isDeepStrictEqual(partsIn(each), held))
    if (one === undefined) broken.push(`the parts of ${uploadId} are ${JSON.stringify(held)}`)
    else uploads.set(uploadId, one)
  }
  for (const [uploadId, { key }] of ledger.uploads) {
    if (uploads.has(uploadId) || listed.some((each) => each.uploadId === uploadId)) continue
    const end = pending.find((each) => 'uploadId' in each && each.uploadId === uploadId)
    const isEnded =
      end?.name === 'abort' ||
      (end?.name === 'complete' && isDeepStrictEqual(objects.get(key), stateAfter(end, ledger)))
    if (!isEnded) broken.push(`${uploadId} is gone`)
  }
  return { broken, objects, uploads }
}

const partsIn = ({ parts }: Upload): (readonly [number, string, number])[] =>
  [...parts].sort(([a], [b]) => a - b).map(([number, version]) => [number, md5Of(version), bytesOf(version).length])
