import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Credentials } from '@mchat/sdk'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { fillOrganisation, type HostileOrganisation, PAYLOADS, pagesOf } from './hostile-organisation.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

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

/** What keeps out of a part of the page who sees or hears it differently, as sentences; axe is in the page by then. */
const barriersIn = (part: string): string => `(async () => {
  const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
  const { violations } = await axe.run(${JSON.stringify(part)}, { resultTypes: ['violations'], preload: false, runOnly })
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ all, any, html, none }) => {
        const rules = [...any, ...all, ...none].map(({ message }) => message).join(', ')
        return id + ': ' + rules + ': ' + html.slice(0, 300)
      }),
    )
})()`

/** By how much the page is wider than the screen. */
const TOO_WIDE = `(() => {
  const more = document.documentElement.scrollWidth - innerWidth
  return more > 0 ? ['scrolls sideways by ' + more] : []
})()`

const madeOfTexts = (page: Page): Promise<readonly string[]> => page.evaluate(MADE_OF_TEXTS)

const OPENERS = 'main button[aria-haspopup=dialog]:not([disabled])'

/** Which of those buttons is the first that is not known, and what it is called: at one moment, since pages go on loading. */
const nextOpener = (known: ReadonlySet<string>): string => `(() => {
  const known = ${JSON.stringify([...known])}
  const names = [...document.querySelectorAll('${OPENERS}')].map(
    (each) => (each.getAttribute('aria-label') ?? '') + ' ' + each.innerText,
  )
  const index = names.findIndex((name) => !known.includes(name))
  return { index, name: names[index] ?? '' }
})()`

describe.skipIf(chromiumMissing !== '')(`every page of the console${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  let admin: Credentials
  let organisation: HostileOrganisation
  let pages: readonly string[]
  let axe: string
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
    admin = JSON.parse(await readFile(join(gateway.dataDir, 'first-admin.json'), 'utf8'))
    organisation = await fillOrganisation(gateway)
    pages = await pagesOf(organisation)
    axe = await readFile(AXE, 'utf8')
  })
  afterAll(() => stack.disposeAsync())

  const settled = async (page: Page): Promise<void> => {
    await page.locator('main h1').waitFor()
    await expect.poll(() => page.locator('main .ant-spin-spinning').count()).toBe(0)
  }

  /** What stays: a page that is being put together may be wrong for a moment. */
  const faultsOf = async (page: Page, part: string): Promise<readonly string[]> => {
    let faults: readonly string[] = []
    const look = async (): Promise<readonly string[]> => {
      faults = [
        ...(await madeOfTexts(page)),
        ...(await page.evaluate<readonly string[]>(barriersIn(part))),
        ...(await page.evaluate<readonly string[]>(TOO_WIDE)),
      ]
      return faults
    }
    await expect
      .poll(look, { interval: 300 })
      .toEqual([])
      .catch(() => undefined)
    return faults
  }

  /** Opens what a button says that it opens, and gives it up by the keyboard. */
  const faultsBehind = async (page: Page, button: Locator): Promise<readonly string[]> => {
    await button.click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await expect.poll(() => dialog.locator('.ant-spin-spinning').count()).toBe(0)
    const faults = await faultsOf(page, '[role=dialog]')
    // It is seen a moment before it listens.
    await expect
      .poll(
        async () => {
          await page.keyboard.press('Escape')
          return await dialog.count()
        },
        { message: `what is opened by ${await button.innerText()}` },
      )
      .toBe(0)
    return faults
  }

  test.each([
    ['in English, light and wide', { locale: 'en', colorScheme: 'light' }, 1280],
    ['in Chinese, dark and on a phone', { locale: 'zh-CN', colorScheme: 'dark' }, 390],
  ] as const)('%s, T61: shows hostile texts as texts, and keeps nobody out', async (_how, options, width) => {
    await using tab = await browser.open(gateway, options)
    const { page } = tab
    await page.evaluate(axe)
    const found: string[] = (await faultsOf(page, 'html')).map((each) => `sign-in: ${each}`)
    await tab.signIn(admin)
    await page.setViewportSize({ width, height: 844 })
    found.push(...(await faultsOf(page, 'html')).map((each) => `around every page: ${each}`))
    let shown = ''
    // The same drawer is on several pages.
    const opened = new Set<string>()
    for (const path of pages) {
      await tab.goTo(path)
      await settled(page)
      const tabs = page.locator('main').getByRole('tab')
      for (let i = 0; i < Math.max(1, await tabs.count()); i++) {
        const where = i === 0 ? path : `${path} (${i + 1})`
        if (i > 0) await tabs.nth(i).click()
        await settled(page)
        found.push(...(await faultsOf(page, 'main')).map((each) => `${where}: ${each}`))
        shown += await page.locator('main').innerText()
        for (;;) {
          const next = await page.evaluate<{ readonly index: number; readonly name: string }>(nextOpener(opened))
          if (next.index === -1) break
          opened.add(next.name)
          const button = page.locator(OPENERS).nth(next.index)
          found.push(...(await faultsBehind(page, button)).map((each) => `${where}, ${next.name}: ${each}`))
        }
      }
    }
    expect([...new Set(found)]).toEqual([])
    expect(opened.size).toBeGreaterThanOrEqual(14)
    for (const payload of PAYLOADS.slice(0, 3)) expect(shown).toContain(payload)
    expect(shown).not.toMatch(/Sign in to MChat|登录 MChat/)
    expect(tab.faults).toEqual([])
  })

  test('all is done without a mouse, and the focus comes back to where it was', async () => {
    await using tab = await browser.open(gateway)
    const { page } = tab
    const has = (wanted: Locator): Promise<boolean> => wanted.evaluate((each) => each.matches(':focus'))
    const press = async (key: 'Tab' | 'Shift+Tab', wanted: Locator): Promise<void> => {
      for (let stops = 0; stops < 20 && !(await has(wanted)); stops++) await page.keyboard.press(key)
      expect(await has(wanted)).toBe(true)
    }
    await press('Tab', page.getByLabel('Employee id'))
    await page.keyboard.type(admin.employee_id)
    await press('Tab', page.getByLabel('Credential', { exact: true }))
    await page.keyboard.type(admin.mqtt_connection.mqtt_password ?? '')
    await page.keyboard.press('Enter')
    const groups = page.getByRole('navigation').getByRole('link', { name: 'Groups' })
    await groups.waitFor()
    await press('Tab', groups)
    await page.keyboard.press('Enter')
    const create = page.getByRole('main').getByRole('button', { name: 'Create a group' }).first()
    await create.waitFor()
    const skip = page.getByRole('button', { name: 'To the content' })
    await press('Shift+Tab', skip)
    await page.keyboard.press('Enter')
    expect(await has(page.getByRole('main'))).toBe(true)
    await page.keyboard.press('Tab')
    expect(await has(create)).toBe(true)
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog')
    await drawer.locator('input:focus').waitFor()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
    await expect.poll(() => has(create)).toBe(true)
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
