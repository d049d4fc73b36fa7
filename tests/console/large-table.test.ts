import type { Credentials } from '@mchat/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

const PEOPLE = 300
const ROWS = 60
/** More than come at once. */
const MEMBERS = 150
const nameOf = (i: number): string => `Person ${String(i).padStart(3, '0')}`

describe.skipIf(chromiumMissing !== '')(`a table of many rows${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  let hr: Credentials
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
    const office = await gateway.office
    hr = await office.call('employee.create', {
      name: 'Zoe',
      employee_id: 'zoe',
      roles: [{ role: 'hr' }, { role: 'auditor' }],
    })
    const rows = Array.from({ length: PEOPLE }, (_, i) => ({ employee_id: `p${i}`, name: nameOf(i) }))
    for (let from = 0; from < PEOPLE; from += 100)
      await office.call('employee.import', { rows: rows.slice(from, from + 100) })
    // Each is a row of the audit log.
    const writeRow = (i: number) => office.call('group.create', { name: `Group ${i}`, member_ids: [] })
    await Promise.all(Array.from({ length: ROWS }, (_, i) => writeRow(i)))
  })
  afterAll(() => stack.disposeAsync())

  /** What has the focus: the row of the table, or what is in it. */
  const focused = (page: Page): Promise<string> =>
    page.evaluate(`document.activeElement.closest('[role=row]')?.querySelector('a')?.textContent ?? ''`)

  test('is a grid whose rows say which of how many they are, and is moved through by the keyboard', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(hr)
    await tab.goTo('organisation')
    const { page } = tab
    const grid = page.getByRole('grid', { name: 'People of the organisation' })
    const rowOf = (name: string) => grid.getByRole('row', { name: new RegExp(name) })
    await rowOf(nameOf(0)).waitFor()
    const press = async (key: string, wanted: string): Promise<void> => {
      await page.keyboard.press(key)
      await expect.poll(() => focused(page)).toBe(wanted)
    }

    const count = Number(await grid.getAttribute('aria-rowcount'))
    expect(count).toBeGreaterThan(PEOPLE)
    expect(await grid.getByRole('row').count()).toBeLessThan(40)
    expect(await grid.getByRole('columnheader').count()).toBe(5)
    expect(await rowOf(nameOf(0)).getByRole('gridcell').count()).toBe(5)
    const first = Number(await rowOf(nameOf(0)).getAttribute('aria-rowindex'))

    await rowOf(nameOf(0)).focus()
    await press('ArrowDown', nameOf(1))
    await press('ArrowDown', nameOf(2))
    await press('ArrowUp', nameOf(1))
    await page.keyboard.press(' ')
    await page.getByText('1 selected').waitFor()
    expect(await rowOf(nameOf(1)).getAttribute('aria-selected')).toBe('true')
    await press('ArrowDown', nameOf(2))
    await press('ArrowDown', nameOf(3))
    await page.keyboard.press('Shift+Space')
    await page.getByText('3 selected').waitFor()
    expect(await rowOf(nameOf(2)).getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('PageDown')
    await expect.poll(() => focused(page)).toMatch(/Person 0[01]\d/)
    expect(await focused(page)).not.toBe(nameOf(3))
    await press('End', 'Zoe')
    expect(await grid.getByRole('row', { name: /Zoe/ }).getAttribute('aria-rowindex')).toBe(String(count))
    await page.keyboard.press('PageUp')
    await expect.poll(() => focused(page)).toMatch(/Person 29\d/)
    await page.keyboard.press('Home')
    await expect.poll(() => focused(page)).not.toMatch(/Person 2|Zoe/)

    // The focus stays with its row where that is not seen any more, and where others come before it.
    await page.getByLabel('Search by name, id or skill').fill('Person')
    await rowOf(nameOf(0)).focus()
    await press('ArrowDown', nameOf(1))
    await grid.hover()
    await page.mouse.wheel(0, 9000)
    await rowOf(nameOf(180)).waitFor()
    expect(await focused(page)).toBe(nameOf(1))
    await press('ArrowDown', nameOf(2))
    await (await gateway.office).call('employee.create', { name: 'Person 000 the Second', employee_id: 'second' })
    await rowOf('the Second').waitFor()
    expect(await focused(page)).toBe(nameOf(2))
    expect(Number(await rowOf(nameOf(2)).getAttribute('aria-rowindex'))).toBe(first + 3 - (first - 2))

    // To the next one where its own goes, also when others have come above it.
    await (await gateway.office).call('employee.update', { employee_id: 'p2', updates: { name: 'Gone' } })
    await rowOf(nameOf(2)).waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toBe(nameOf(3))

    // Tab goes through the row, and then on behind the table; and back to the titles.
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.type')).toBe('checkbox')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe(nameOf(3))
    await page.keyboard.press('Tab')
    expect(await grid.evaluate((each) => each.contains(each.ownerDocument.activeElement))).toBe(false)
    await rowOf(nameOf(3)).focus()
    await page.keyboard.press('Shift+Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Reports to')

    // From there it comes to a row that is seen; what is in the others can be clicked.
    await grid.hover()
    await page.mouse.wheel(0, 9000)
    await rowOf(nameOf(180)).waitFor()
    const scrolled = () => grid.evaluate(({ scrollTop }) => scrollTop)
    const place = await scrolled()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.role')).toBe('row')
    expect(Math.abs((await scrolled()) - place)).toBeLessThan(60)
    const seen = Number((await focused(page)).slice(-3))
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.type')).toBe('checkbox')
    await rowOf(nameOf(seen + 3))
      .getByRole('checkbox')
      .check()
    await page.getByText('3 selected').waitFor()

    // Another order begins at its first row, and no range begins in the one before.
    await grid.getByRole('button', { name: 'Name' }).click()
    await expect
      .poll(() => grid.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort'))
      .toBe('descending')
    await rowOf(nameOf(PEOPLE - 1)).waitFor()
    await expect.poll(scrolled).toBe(0)
    await rowOf(nameOf(PEOPLE - 2)).focus()
    await page.keyboard.press('Shift+Space')
    await page.getByText('4 selected').waitFor()
    await page.getByLabel('Select everybody shown').check()
    await page.getByText(`${PEOPLE} selected`).waitFor()
    await page.getByLabel('Select everybody shown').uncheck()
    await page.getByText(`${PEOPLE} people`).waitFor()
    await rowOf(nameOf(PEOPLE - 5))
      .getByRole('checkbox')
      .click({ modifiers: ['Shift'] })
    await page.getByText('1 selected').waitFor()

    // Enter follows what leads somewhere in the row.
    await rowOf(nameOf(PEOPLE - 2)).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: nameOf(PEOPLE - 2) }).waitFor()
    expect(tab.faults).toEqual([])
  })

  test('keeps what is read where it is while rows come, and opens a row by Enter', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(hr)
    await tab.goTo('audit')
    const { page } = tab
    const grid = page.getByRole('grid', { name: 'Audit log' })
    const rows = grid.getByRole('row').filter({ has: page.getByRole('gridcell') })
    await rows.first().waitFor()
    await rows.first().focus()
    for (const key of ['PageDown', 'PageDown', 'ArrowUp']) await page.keyboard.press(key)
    const here = page.locator('[role=row]:focus')
    await here.waitFor()
    expect(await grid.evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(0)
    await here.getByRole('link', { name: 'Administrator' }).waitFor()
    const [before, place] = [await here.innerText(), (await here.boundingBox())?.y]
    const index = Number(await here.getAttribute('aria-rowindex'))
    await (await gateway.office).call('group.create', { name: 'New', member_ids: [] })
    await expect.poll(async () => Number(await here.getAttribute('aria-rowindex'))).toBeGreaterThan(index)
    expect(await here.innerText()).toBe(before)
    await expect.poll(async () => (await here.boundingBox())?.y).toBe(place)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('What was asked for').waitFor()
    expect(tab.faults).toEqual([])
  })

  test('asks for more rows only when those that have changed were read again', async () => {
    const member_ids = ['zoe', ...Array.from({ length: MEMBERS }, (_, i) => `p${i + 10}`)]
    const { group_id } = await (await gateway.office).call('group.create', { name: 'Many', member_ids })
    await using tab = await browser.open(gateway)
    const { page } = tab
    const held: (() => void)[] = []
    let state: 'open' | 'closing' | 'closed' = 'open'
    await page.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((message) => {
        // What is asked for now is not answered until it is released.
        if (state === 'closing' && String(message).includes('group.member_list')) state = 'closed'
        server.send(message)
      })
      server.onMessage((message) => {
        if (state === 'closed') held.push(() => socket.send(message))
        else socket.send(message)
      })
    })
    // The page's sockets are routed from when it is loaded on.
    await page.reload()
    await tab.signIn(hr)
    await tab.goTo(`groups/${group_id}`)
    const grid = page.getByRole('grid', { name: 'Members' })
    const first = grid.getByRole('row', { name: new RegExp(nameOf(10)) })
    await first.getByText('Member', { exact: true }).waitFor()
    expect(await grid.getAttribute('aria-rowcount')).toBe('-1')

    state = 'closing'
    await (await gateway.office).call('group.set_role', { group_id, employee_id: 'p10', role: 'admin' })
    await expect.poll(() => state).toBe('closed')
    await grid.evaluate((each) => each.scrollTo(0, each.scrollHeight))
    await grid.locator('[aria-rowindex="101"]').waitFor()
    state = 'open'
    for (const release of held.splice(0)) release()
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe(String(1 + 1 + member_ids.length))
    await grid.evaluate((each) => each.scrollTo(0, 0))
    await first.getByText('Admin', { exact: true }).waitFor()
    expect(tab.faults).toEqual([])
  })
})
