import type { Line, Operation } from './kill-operations.ts'

/** Of an object: whose traits it has, and of which bytes it is made, by their versions. undefined: there is none. */
export type State = { readonly traits: number; readonly bytes: readonly number[] } | undefined

export interface Upload {
  readonly key: string
  readonly traits: number
  /** The version of each, by their numbers. */
  readonly parts: ReadonlyMap<number, number>
}

/** What must be in a store after what it was asked and has answered, and what may be. */
export interface Ledger {
  readonly objects: Map<string, State>
  readonly uploads: Map<string, Upload>
  /** Asked and not answered: done or not done, and nothing between. */
  readonly pending: Map<number, Operation>
  readonly answers: number
  read(line: Line): void
}

/** @param before what is there already */
export const createLedger = (before?: Before): Ledger => {
  const objects = new Map(before?.objects)
  const uploads = new Map(before?.uploads)
  const pending = new Map<number, Operation>()
  let answers = 0
  return {
    objects,
    uploads,
    pending,
    get answers() {
      return answers
    },
    read(line) {
      if ('asked' in line) {
        pending.set(line.number, line.asked)
        return
      }
      const done = pending.get(line.number)
      if (done === undefined) throw new Error('What was never asked was answered.')
      pending.delete(line.number)
      answers++
      if (done.name === 'begin') {
        uploads.set(line.uploadId ?? '', { key: done.key, traits: done.version, parts: new Map() })
        return
      }
      if ('key' in done) objects.set(done.key, stateAfter(done, { objects, uploads }))
      if ('uploadId' in done) {
        const after = uploadAfter(done, uploads)
        if (after === undefined) uploads.delete(done.uploadId)
        else uploads.set(done.uploadId, after)
      }
    },
  }
}

interface Before {
  readonly objects: ReadonlyMap<string, State>
  readonly uploads: ReadonlyMap<string, Upload>
}

/** Of the object at its key. */
export const stateAfter = (
  operation: Extract<Operation, { readonly key: string }>,
  { objects, uploads }: Before,
): State => {
  const before = objects.get(operation.key)
  switch (operation.name) {
    case 'put':
      return { traits: operation.version, bytes: [operation.version] }
    case 'copy':
      return before ?? objects.get(operation.from)
    case 'delete':
      return undefined
    case 'begin':
      return before
    case 'complete': {
      const upload = uploads.get(operation.uploadId)
      if (upload === undefined) throw new Error('It was completed before it was begun.')
      // It is given up for what is there.
      if (before !== undefined) return before
      const parts = [...upload.parts].sort(([a], [b]) => a - b)
      return { traits: upload.traits, bytes: parts.map(([, version]) => version) }
    }
  }
}

export const uploadAfter = (
  operation: Extract<Operation, { readonly uploadId: string }>,
  uploads: Before['uploads'],
): Upload | undefined => {
  const upload = uploads.get(operation.uploadId)
  if (operation.name !== 'part' || upload === undefined) return undefined
  return { ...upload, parts: new Map([...upload.parts, [operation.partNumber, operation.version]]) }
}
