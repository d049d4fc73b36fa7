import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from '@mchat/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { fillOrganisation, type HostileOrganisation, PAYLOADS, pagesOf } from './hostile-organisation.ts'

/** What became more than a text, as sentences. */
const MADE_OF_TEXTS = `(() => {
  const all = [...document.querySelectorAll('*')]
  const isElsewhere = (url) => !/^(https?|blob):$/.test(new URL(url, location.href).protocol)
  return [
    ...all.filter((each) => each.matches('.evil, iframe, object, embed, base')).map((each) => 'made: ' + each.outerHTML),
    ...all
      .filter((each) => each.getAttributeNames().some((name) => name.startsWith('on')))
      .map((each) => 'listens by an attribute: ' + each.outerHTML),
    ...all
      .flatMap((each) => ['href', 'src', 'action', 'formaction'].map((name) => each.getAttribute(name)))
      .filter((url) => url !== null && !/^(#|data:image\\/)/.test(url) && isElsewhere(url))
      .map((url) => 'leads to ' + url),
  ]
})()`

const madeOfTexts = (page: Page): Promise<readonly string[]> => page.evaluate(MADE_OF_TEXTS)

describe.skipIf(chromiumMissing !== '')(`every page of the console${chromiumMissing}`, { timeout: 120_000 }, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  let admin: Credentials
  let organisation: HostileOrganisation
  let pages: readonly string[]
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
    admin = JSON.parse(await readFile(join(gateway.dataDir, 'first-admin.json'), 'utf8'))
    organisation = await fillOrganisation(gateway)
    pages = await pagesOf(organisation)
  }, 120_000)
  afterAll(() => stack.disposeAsync())

  const settled = async (page: Page): Promise<void> => {
    await page.locator('main h1').waitFor()
    await expect.poll(() => page.locator('main .ant-spin-spinning').count()).toBe(0)
  }

  test.each([
    ['in English, light and wide', { locale: 'en', colorScheme: 'light' }, 1280],
    ['in Chinese, dark and on a phone', { locale: 'zh-CN', colorScheme: 'dark' }, 390],
  ] as const)('%s, T61: shows hostile texts as texts', async (_how, options, width) => {
    await using tab = await browser.open(gateway, options)
    const { page } = tab
    const found: string[] = []
    await tab.signIn(admin)
    await page.setViewportSize({ width, height: 844 })
    let shown = ''
    for (const path of pages) {
      await tab.goTo(path)
      await settled(page)
      const tabs = page.locator('main').getByRole('tab')
      for (let i = 0; i < Math.max(1, await tabs.count()); i++) {
        if (i > 0) await tabs.nth(i).click()
        await settled(page)
        found.push(...(await madeOfTexts(page)).map((each) => `${path}${i === 0 ? '' : ` (${i + 1})`}: ${each}`))
        shown += await page.locator('main').innerText()
      }
    }
    expect([...new Set(found)]).toEqual([])
    for (const payload of PAYLOADS.slice(0, 3)) expect(shown).toContain(payload)
    expect(shown).not.toMatch(/Sign in to MChat|登录 MChat/)
    expect(tab.faults).toEqual([])
  })

  test('T61: what is in the address, said or announced is text, too', async () => {
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(admin)
    const found: string[] = []
    const hostile = encodeURIComponent(PAYLOADS.slice(0, 3).join(''))
    const query = ['q', 'tab', 'who', 'department', 'by', 'show', 'action', 'with'].map((name) => `${name}=${hostile}`)
    for (const path of [...pages, `people/${hostile}`, `groups/${hostile}`, hostile]) {
      await tab.goTo(`${path}?${query.join('&')}#${hostile}`)
      await page.locator('main h1, main .ant-result-title').first().waitFor()
      found.push(...(await madeOfTexts(page)).map((each) => `${path}: ${each}`))
    }
    await organisation.speakTo(admin.employee_id)
    await page
      .getByText(PAYLOADS.at(-2) ?? '')
      .first()
      .waitFor()
    found.push(...(await madeOfTexts(page)))
    expect(found).toEqual([])
    expect(tab.faults).toEqual([])
  })
})
