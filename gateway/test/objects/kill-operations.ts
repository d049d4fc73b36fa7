import { createHash } from 'node:crypto'

/** What a process that is meant to be killed does to a store; it says so before, and what came of it after. */
export type Operation =
  | { readonly name: 'put'; readonly key: string; readonly version: number }
  | { readonly name: 'copy'; readonly from: string; readonly key: string }
  | { readonly name: 'delete'; readonly key: string }
  | { readonly name: 'begin'; readonly key: string; readonly version: number }
  | { readonly name: 'part'; readonly uploadId: string; readonly partNumber: number; readonly version: number }
  | { readonly name: 'complete'; readonly uploadId: string; readonly key: string }
  | { readonly name: 'abort'; readonly uploadId: string }

/** One line of its output. */
export type Line =
  | { readonly number: number; readonly asked: Operation }
  | { readonly number: number; readonly answered: true; readonly uploadId?: string }

export const OWNERS = ['ann', 'bob', 'cai'] as const

/** No two versions are alike in anything: what was torn, or put together of two, is neither. */
export const traitsOf = (version: number) => ({
  contentType: `text/v${version}`,
  contentDisposition: `attachment; filename="${version}"`,
  owner: OWNERS[version % OWNERS.length] ?? '',
})

const BLOCK = 32

/** Of some tens of kilobytes; now and then nothing, or more than is written at once. */
export const bytesOf = (version: number): Buffer => {
  const blocks = version % 13 === 0 ? 0 : version % 11 === 0 ? 20_000 : (version * 7919) % 1500
  return Buffer.alloc(blocks * BLOCK, createHash('sha256').update(String(version)).digest())
}
