/**
 * Puts, copies, deletes and uploads in parts, all at once and for ever, into the store in argv[2], and prints each of it
 * before it is asked and once it is answered. Versions are counted from argv[3] on. Meant to be killed.
 */
import fs from 'node:fs'
import { pieces } from '../../../tests/kit/object-operations.ts'
import { startObjectServer } from '../../../tests/kit/object-server.ts'
import { sendSigned } from '../../../tests/kit/put-file.ts'
import { bytesOf, type Line, type Operation, traitsOf } from './kill-operations.ts'

const [, , directory = '', from = '0'] = process.argv
const WORKERS = 8
const KEYS = 6
const PARTS = 3
const GOOD_FOR = 60

const say = (line: Line | string): void => void fs.writeSync(1, `${JSON.stringify(line)}\n`)

say('opening')
const { store } = await startObjectServer({ directory })
let version = Number(from)
let number = 0

const below = (count: number): number => Math.floor(Math.random() * count)

const put = async (key: string, of: number): Promise<void> => {
  const bytes = bytesOf(of)
  if (below(2) === 0) return void (await store.put(key, traitsOf(of), pieces(bytes)))
  const answer = await sendSigned(await store.signPut(key, { ...traitsOf(of), size: bytes.length }, GOOD_FOR), bytes)
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
}

const putPart = async (key: string, uploadId: string, partNumber: number, of: number): Promise<void> => {
  const bytes = bytesOf(of)
  const signed = await store.signPart(key, { uploadId, partNumber, size: bytes.length }, GOOD_FOR)
  const answer = await sendSigned(signed, bytes)
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
}

const does = async <T>(asked: Operation, work: () => Promise<T>): Promise<T> => {
  const own = ++number
  say({ number: own, asked })
  const result = await work()
  say({ number: own, answered: true, ...(asked.name === 'begin' ? { uploadId: String(result) } : {}) })
  return result
}

const upload = async (key: string): Promise<void> => {
  // Where there is something already, it is given up when it is completed.
  if (below(4) > 0) await does({ name: 'delete', key }, () => store.delete(key))
  const of = ++version
  const uploadId = await does({ name: 'begin', key, version: of }, () => store.beginUpload(key, traitsOf(of)))
  // In the order of their numbers, and then some of them again, as other bytes.
  for (const partNumber of [1, 2, 3, 1 + below(PARTS), 1 + below(PARTS)]) {
    const bytes = ++version
    const part = { name: 'part', uploadId, partNumber, version: bytes } as const
    await does(part, () => putPart(key, uploadId, partNumber, bytes))
  }
  if (below(4) === 0) return await does({ name: 'abort', uploadId }, () => store.abortUpload(key, uploadId))
  await does({ name: 'complete', uploadId, key }, async () => {
    const parts = (await store.parts(key, uploadId)) ?? []
    if (!(await store.completeUpload(key, uploadId, parts))) throw new Error('The parts are not there.')
  })
}

const work = async (worker: number): Promise<void> => {
  const anyKey = (): string => `mchat/employee/w${worker}/${below(2)}/${below(KEYS)}`
  for (;;) {
    const key = anyKey()
    const what = below(8)
    if (what < 3) {
      const of = ++version
      await does({ name: 'put', key, version: of }, () => put(key, of))
    } else if (what < 5) {
      const source = anyKey()
      await does({ name: 'copy', from: source, key }, () => store.copy(source, key))
    } else if (what < 7) await does({ name: 'delete', key }, () => store.delete(key))
    else await upload(key)
  }
}

say('ready')
await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)))
