import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'

/** Debian's. The first is the same browser without windows, menus and their pages: it takes half of the time to start. */
const EXECUTABLES = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium']
const executablePath = (): string | undefined => EXECUTABLES.find((path) => existsSync(path))

export const hasChromium = (): boolean => executablePath() !== undefined

/** Why nothing can be tried in a browser here, for the name of a suite; empty when it can. */
export const chromiumMissing: string = hasChromium() ? '' : ' (skipped: Chromium is not installed)'

/** As root it has no sandbox of its own. */
export const openChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath() ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })

/** A script of one file for a page: what the module exports, as `globalThis[name]`. */
export const bundleForPage = async (module: string, name: string): Promise<string> => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib: { entry: module, formats: ['iife'], name } },
  })
  const [{ output } = { output: [] }] = Array.isArray(built) ? built : 'output' in built ? [built] : []
  const [chunk] = output as readonly { readonly type: string; readonly code?: string }[]
  if (chunk?.code === undefined) throw new Error(`${module} could not be bundled.`)
  return chunk.code
}
