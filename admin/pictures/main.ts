import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect, memoryStore } from '@mchat/sdk'
import { chromium, type Page } from 'playwright-core'
import { PICTURES } from './pictures.ts'

/**
 * Takes the pictures of docs/images from a running MChat, its demo organisation in it, in both languages:
 * `MCHAT_AGENT_ALLOW=127.0.0.1/32 npm start`, `npm run demo`, then `npm run pictures -w @mchat/admin`. They are compared by
 * people, not by programs: fonts differ from machine to machine.
 */
const main = async (): Promise<void> => {
  const origin = process.env.MCHAT_CONSOLE ?? 'http://127.0.0.1:8080'
  const dataDir = process.env.MCHAT_DATA_DIR ?? join(import.meta.dirname, '../../data')
  const file = join(dataDir, 'first-admin.json')
  const credentials = JSON.parse(await readFile(file, 'utf8'))
  const admin = await connect(credentials, { store: memoryStore() })
  const browser = await chromium.launch({
    executablePath: ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync) ?? '',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
  try {
    for (const language of ['en', 'zh-CN']) {
      const context = await browser.newContext({
        locale: language,
        viewport: { width: 1280, height: 800 },
        colorScheme: 'light',
      })
      const page = await context.newPage()
      await page.goto(origin)
      for (const picture of PICTURES) {
        if (picture.path !== undefined && !(await isSignedIn(page))) await signIn(page, file)
        if (picture.path !== undefined) await openPath(page, picture.path)
        await picture.prepare?.(page, admin)
        await page.waitForTimeout(picture.settleMs ?? 1500)
        const name = `${picture.name}.${language === 'en' ? 'en' : 'zh-CN'}.png`
        await page.screenshot({ path: join(import.meta.dirname, '../../docs/images', name) })
        await page.keyboard.press('Escape')
      }
      await context.close()
    }
  } finally {
    await browser.close()
    await admin.close()
  }
}

const isSignedIn = async (page: Page): Promise<boolean> => (await page.getByRole('navigation').count()) > 0

const signIn = async (page: Page, file: string): Promise<void> => {
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByRole('navigation').waitFor()
}

const openPath = async (page: Page, path: string): Promise<void> => {
  const to = JSON.stringify(`/console/${path}`)
  await page.evaluate(`history.pushState(null, '', ${to}); dispatchEvent(new PopStateEvent('popstate'))`)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

await main()
