import { get } from 'node:http'
import type { Page } from 'playwright-core'

/** A file that a page has fetched. */
export interface LoadedFile {
  readonly name: string
  /** As it came, whatever it was compressed with. */
  readonly bytes: number
  /** As it comes to whoever understands nothing better. */
  readonly gzipBytes: number
}

/** A page with its own document, in the order in which they were asked for; what was fetched twice is there once. */
export const loadedFiles = async (page: Page): Promise<readonly LoadedFile[]> => {
  const entries: readonly { readonly name: string; readonly encodedBodySize: number }[] = await page.evaluate(
    `performance.getEntries().filter(({ entryType }) => entryType === 'navigation' || entryType === 'resource')
      .map(({ encodedBodySize, name }) => ({ encodedBodySize, name }))`,
  )
  const byName = new Map(entries.map(({ encodedBodySize, name }) => [name, encodedBodySize]))
  return Promise.all(
    [...byName].map(async ([url, bytes]) => ({
      name: new URL(url).pathname,
      bytes,
      gzipBytes: await gzipBytesOf(url),
    })),
  )
}

export const sum = (files: readonly LoadedFile[], of: 'bytes' | 'gzipBytes'): number =>
  files.reduce((total, file) => total + file[of], 0)

/** echarts and what only it needs. */
export const isChart = ({ name }: LoadedFile): boolean => /\/chart-canvas-[^/]*\.js$/.test(name)

const gzipBytesOf = (url: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', () => resolve(bytes))
    }).on('error', reject)
  })
