import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Credentials } from '@mchat/sdk'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openChromium } from './chromium.ts'
import type { TestGateway } from './gateway.ts'
import { tempDirectory } from './temp-directory.ts'

const BUILD = join(import.meta.dirname, '../../admin/build/main.ts')

/** Builds the console where its sources have changed since; nothing otherwise, nor in a copy of the repository without it. */
export const buildConsole = async (): Promise<void> => {
  if (existsSync(BUILD)) await promisify(execFile)(process.execPath, [BUILD])
}

/** A tab of the console, and what has gone wrong in it. */
export interface ConsolePage extends AsyncDisposable {
  readonly page: Page
  readonly context: BrowserContext
  /** Faults of scripts, refusals of the Content-Security-Policy and requests to anywhere but the gateway, as sentences. */
  readonly faults: readonly string[]
  /** Signs in with a file of credentials, as a person drops it onto the page, and waits for the first page. */
  signIn(credentials: Credentials): Promise<void>
  /** Opens one of the console's pages, e.g. `groups/grp_1`, without loading the console again. */
  goTo(path: string): Promise<void>
}

export interface ConsoleBrowser extends AsyncDisposable {
  /** Each in a context of its own: nothing is shared with other pages. */
  open(gateway: Pick<TestGateway, 'httpPort'>, options?: BrowserContextOptions): Promise<ConsolePage>
}

/** Nothing slides or fades, which would be waited for. */
const AS_MOST: BrowserContextOptions = { locale: 'en', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' }

export const startConsoleBrowser = async (): Promise<ConsoleBrowser> => {
  await using stack = new AsyncDisposableStack()
  const browser: Browser = stack.adopt(await openChromium(), (each) => each.close())
  const directory = stack.use(await tempDirectory('mchat-console-'))
  let files = 0
  const moved = stack.move()
  return {
    async open({ httpPort }, options = {}) {
      const origin = `http://127.0.0.1:${httpPort}`
      const context = await browser.newContext({ ...AS_MOST, ...options })
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      const faults = watchFaults(page, origin)
      await page.goto(origin)
      return {
        page,
        context,
        faults,
        async signIn(credentials) {
          const file = join(directory.path, `credentials-${files++}.json`)
          await writeFile(file, JSON.stringify(credentials))
          await page.locator('input[type=file]').setInputFiles(file)
          await page.getByRole('navigation').waitFor()
        },
        async goTo(path) {
          const to = JSON.stringify(`/console/${path}`)
          const pathname: string = await page.evaluate(
            `history.pushState(null, '', ${to}); dispatchEvent(new PopStateEvent('popstate')); location.pathname`,
          )
          await page.locator(`main[data-path=${JSON.stringify(pathname)}]`).waitFor()
        },
        [Symbol.asyncDispose]: () => context.close(),
      }
    },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  }
}

const watchFaults = (page: Page, origin: string): readonly string[] => {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`a script has failed: ${error.message}`))
  page.on('console', (message) => {
    // The network is told of below, and is away in some tests.
    if (message.type() === 'error' && !/net::ERR_|WebSocket/.test(message.text())) faults.push(message.text())
  })
  page.on('dialog', (dialog) => {
    faults.push(`a dialogue of the browser: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url)) faults.push(`a request to ${url}`)
  })
  return faults
}
