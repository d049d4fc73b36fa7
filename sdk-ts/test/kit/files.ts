import { randomFillSync } from 'node:crypto'
import type { ClientOptions, MChatClient } from '../../src/index.ts'
import type { FakeGateway } from './gateway.ts'
import { FakeStore, serveFiles } from './store.ts'
import { startWorld } from './world.ts'

export const KIB = 1024
export const MIB = 1024 * KIB

/** Why it failed; undefined: it has not. */
export const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

/** None like others. */
export const bytes = (size: number): Uint8Array<ArrayBuffer> => randomFillSync(new Uint8Array(size))

/** Chunks that fit no border of a part. */
export const streamOf = (content: Uint8Array, chunkSize = 10_001): ReadableStream<Uint8Array> => {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at < content.byteLength) controller.enqueue(content.subarray(at, at + chunkSize))
      else controller.close()
      at += chunkSize
    },
  })
}

export interface FilesWorld extends AsyncDisposable {
  readonly gateway: FakeGateway
  readonly store: FakeStore
  readonly alice: MChatClient
  readonly join: (employeeId: string, options?: ClientOptions) => Promise<MChatClient>
}

export const startFiles = async (sizes: Parameters<typeof serveFiles>[2] = {}): Promise<FilesWorld> => {
  const { gateway, join } = await startWorld()
  const store = await FakeStore.start()
  serveFiles(gateway, store, sizes)
  const alice = await join('alice')
  return { gateway, store, alice, join, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}
