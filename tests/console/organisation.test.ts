import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from '@mchat/sdk'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { drag } from './drag.ts'

describe.skipIf(chromiumMissing !== '')(`the organisation in the console${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  let admin: Credentials
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
    admin = JSON.parse(await readFile(join(gateway.dataDir, 'first-admin.json'), 'utf8'))
    await gateway.foundDepartment({ department_id: 'acme', name: 'Acme' })
    await gateway.foundDepartment({ department_id: 'research', name: 'Research', parent_id: 'acme' })
    await gateway.foundDepartment({ department_id: 'sales', name: 'Sales', parent_id: 'acme' })
    await gateway.foundDepartment({ department_id: 'lab', name: 'Lab', parent_id: 'acme' })
    const boss = await gateway.hire({ employee_id: 'boss', name: 'Bo Boss', department_id: 'acme' })
    await gateway.hire({ employee_id: 'ann', name: 'Ann Able', department_id: 'research', manager_id: boss.id })
    await gateway.hire({ employee_id: 'ben', name: 'Ben Baker', department_id: 'research', manager_id: boss.id })
  })
  afterAll(() => stack.disposeAsync())

  const departments = async () => {
    const { departments: all } = await (await gateway.office).call('department.list', {})
    return new Map(all.map((department) => [department.department_id, department]))
  }
  const line = (page: Page, name: string): Locator => page.getByRole('treeitem').filter({ hasText: name }).first()
  const menu = async (page: Page, of: string, item: string): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${of}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }

  test('departments are moved by dragging and by their menu, and another administrator sees it', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(admin)
    await using other = await browser.open(gateway)
    await other.signIn(await (await gateway.office).call('employee.create', { name: 'Eve', employee_id: 'eve' }))
    for (const { page } of [tab, other]) {
      await page.goto(`${new URL(page.url()).origin}/console/organisation`)
      await line(page, 'Research').waitFor()
    }
    const { page } = tab
    // Nobody who manages nothing is offered to change anything.
    expect(await other.page.getByRole('button', { name: /Actions for|Add a/ }).count()).toBe(0)

    await drag(page, line(page, 'Lab').getByText('Lab'), line(page, 'Research').getByText('Research'))
    await expect.poll(async () => (await departments()).get('lab')?.parent_id).toBe('research')
    await page.getByText('Lab is moved').waitFor()

    await menu(page, 'Sales', 'Move up')
    await expect
      .poll(async () => {
        const all = await departments()
        return (all.get('sales')?.sort_order ?? 0) < (all.get('research')?.sort_order ?? 0)
      })
      .toBe(true)
    const namesSeen = async (): Promise<string[]> => {
      const texts = await other.page.getByRole('treeitem').allInnerTexts()
      return texts.map((text) => text.split('\n')[0] ?? '').filter((text) => /Sales|Research/.test(text))
    }
    await expect.poll(namesSeen).toEqual(['Sales', 'Research'])

    // A form begins with what it is opened for, and not with what it held before.
    for (const place of ['Research', 'Sales']) {
      await menu(page, place, 'Add a department below')
      const drawer = page.getByRole('dialog')
      await drawer.getByTitle(place, { exact: true }).waitFor()
      if (place === 'Research') {
        // Whatever is wrong is said in a sentence, and what may be a mistake before it is made.
        await drawer.getByLabel('Id', { exact: true }).fill('no id')
        await drawer.getByText('Letters, digits, “.”, “_” and “-”, up to 64; a letter or a digit first.').waitFor()
        await drawer.getByLabel('Name').fill('lab')
        await drawer.getByText('There is a department “lab” there already.').waitFor()
        await drawer.getByRole('button', { name: 'Cancel' }).click()
        await page.getByRole('button', { name: 'Discard' }).click()
        await drawer.waitFor({ state: 'detached' })
        continue
      }
      await drawer.getByRole('button', { name: 'Cancel' }).click()
      await drawer.waitFor({ state: 'detached' })
    }

    await menu(page, 'Sales', 'Delete')
    await page.getByRole('dialog', { name: 'Delete Sales?' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await menu(page, 'Research', 'Delete')
    await page.getByRole('dialog', { name: 'Research is not empty' }).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  test('people are added, found, moved and looked at', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(admin)
    const { page } = tab
    await page.goto(`${new URL(page.url()).origin}/console/organisation`)
    await page.getByRole('button', { name: 'Add a person' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Name').fill('Cleo Clark')
    await form.getByLabel('Id', { exact: true }).fill('ann')
    await page.setViewportSize({ width: 1280, height: 400 })
    const add = form.getByRole('button', { name: 'Add', exact: true })
    const topOf = async (shown: Locator): Promise<number> => (await shown.boundingBox())?.y ?? Number.NaN
    await form.getByText('Skills').scrollIntoViewIfNeeded()
    await add.click()
    const taken = form.getByRole('alert').filter({ hasText: 'This id is taken.' })
    await taken.waitFor()
    expect(await topOf(taken)).toBeGreaterThan(await topOf(form.getByText('Add a person')))
    expect(await topOf(taken)).toBeLessThan(await topOf(add))
    // It is not said any more when it is sent again, also where it does not even leave the form.
    await form.getByLabel('Id', { exact: true }).fill('cleo!')
    await add.click()
    await form.getByText('a letter or a digit first').waitFor()
    await taken.waitFor({ state: 'detached' })
    await form.getByLabel('Id', { exact: true }).fill('cleo')
    await add.click()
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.getByText('Credentials of Cleo Clark (cleo)').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()

    // Ann is dragged onto a department; Ben goes there with a selection.
    const list = page.getByRole('grid', { name: 'People of the organisation' })
    await drag(page, list.getByText('ann', { exact: true }), line(page, 'Sales').getByText('Sales'))
    await expect
      .poll(async () => (await (await gateway.office).call('employee.get', { employee_id: 'ann' })).department_id)
      .toBe('sales')
    const close = page.getByRole('dialog').getByText('Close', { exact: true })
    await page.getByText('Done for 1 person.').waitFor()
    await close.click()
    await close.waitFor({ state: 'detached' })
    await page.getByLabel('Search by name, id or skill').fill('baker')
    await list.getByText('Ann Able').waitFor({ state: 'detached' })
    expect(page.url()).toContain('q=baker')
    // One comes back to the list as it was.
    await list.getByRole('link', { name: 'Ben Baker' }).click()
    await page.getByRole('heading', { level: 1, name: 'Ben Baker' }).waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Organisation' }).click()
    await list.getByText('Ben Baker').waitFor()
    expect(page.url()).toContain('q=baker')
    await list.getByLabel('Select Ben Baker').check()
    await page.getByRole('button', { name: 'Move to a department' }).click()
    await page.getByRole('combobox', { name: 'Department', exact: true }).click()
    await page.getByRole('tree').last().getByText('Sales').click()
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('Done for 1 person.').waitFor()
    await page.getByRole('button', { name: 'Close' }).last().click()
    const { department_id } = await (await gateway.office).call('employee.get', { employee_id: 'ben' })
    expect(department_id).toBe('sales')

    // Whoever is about to disable themselves is told.
    await page.getByLabel('Search by name, id or skill').fill('')
    const { name: own } = await (await gateway.office).call('employee.get', { employee_id: admin.employee_id })
    await list.getByLabel(`Select ${own}`).check()
    await page.getByRole('button', { name: 'Disable' }).click()
    const ask = page.getByRole('dialog', { name: 'Disable 2 people?' })
    expect((await ask.getByRole('listitem').allTextContents()).toSorted()).toEqual(
      [`${own} (you)`, 'Ben Baker'].toSorted(),
    )
    await ask.getByText('You are one of them').waitFor()
    await ask.getByRole('button', { name: 'Cancel' }).click()

    await page.getByRole('tab', { name: 'Reporting lines' }).click()
    await page.getByRole('button', { name: /Show who reports to Bo Boss/ }).click()
    await page.getByRole('list', { name: 'Direct reports of Bo Boss' }).getByRole('link', { name: 'Ann Able' }).click()
    await page.getByRole('heading', { name: 'Ann Able' }).waitFor()
    expect(page.url()).toContain('/console/people/ann')
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('menuitem', { name: 'Remove from the organisation' }).click()
    const remove = page.getByRole('dialog').getByRole('button', { name: 'Remove Ann Able' })
    expect(await remove.getAttribute('class')).toContain('dangerous')
    expect(tab.faults).toEqual([])
  })

  test('what is done for many halts at once when the connection is lost, and is gone on with by a button', async () => {
    const ids = ['una', 'ulf', 'uwe', 'ute']
    for (const id of ids) await gateway.hire({ employee_id: id, name: `Union ${id}`, department_id: 'research' })
    await using tab = await browser.open(gateway)
    const sent: string[] = []
    let cut: (() => void) | undefined
    await tab.page.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer()
      let isCut = false
      socket.onMessage((message) => {
        if (isCut) return
        const asked = /mchat\/msg\/req\/[^/]+\/[\w.-]+(?=.*"employee_id":"(\w+)".*employee\.update)/s.exec(
          String(message),
        )
        if (asked !== null) sent.push(`${asked[1]} ${asked[0].split('/').at(-1)}`)
        // The second one leaves and its answer is never heard.
        if (asked !== null && sent.length === 2) cut?.()
        server.send(message)
      })
      server.onMessage((message) => {
        if (!isCut) socket.send(message)
      })
      cut = () => {
        isCut = true
        setTimeout(() => void socket.close({ code: 1011 }), 200)
      }
    })
    // The page's sockets are routed from when it is loaded on.
    await tab.page.reload()
    await tab.signIn(admin)
    const { page } = tab
    await page.goto(`${new URL(page.url()).origin}/console/organisation?q=union`)
    const list = page.getByRole('grid', { name: 'People of the organisation' })
    for (const id of ids) await list.getByLabel(`Select Union ${id}`).check()
    await page.getByRole('button', { name: 'Move to a department' }).click()
    await page.getByRole('combobox', { name: 'Department', exact: true }).click()
    await page.getByRole('tree').last().getByText('Sales').click()
    await page.getByRole('button', { name: 'Apply' }).click()
    const goOn = page.getByRole('button', { name: 'Go on' })
    await goOn.and(page.locator(':enabled')).click()
    await page.getByText('Done for 4 people.').waitFor()
    const office = await gateway.office
    for (const employee_id of ids) {
      expect((await office.call('employee.get', { employee_id })).department_id).toBe('sales')
    }
    // Whoever was asked for again was asked for as the same request.
    expect(new Set(sent.map((each) => each.split(' ')[0])).size).toBe(4)
    expect(new Set(sent).size).toBe(4)
    expect(tab.faults).toEqual([])
  })

  test('somebody with a limited grant is offered what it reaches, and nothing else', async () => {
    const office = await gateway.office
    const roles = [{ role: 'hr' as const, department_id: 'research' }]
    const limited = await office.call('employee.create', { name: 'Lim', employee_id: 'lim', roles })
    await gateway.hire({ employee_id: 'rob', name: 'Rob Roy', department_id: 'research' })
    await using tab = await browser.open(gateway)
    await tab.signIn(limited)
    const { page } = tab
    await page.goto(`${new URL(page.url()).origin}/console/people/rob`)
    await page.getByRole('button', { name: 'Edit' }).waitFor()
    await page.goto(`${new URL(page.url()).origin}/console/people/boss`)
    await page.getByRole('heading', { name: 'Bo Boss' }).waitFor()
    expect(await page.getByRole('button', { name: /Edit|More actions|Change/ }).count()).toBe(0)
    await page.goto(`${new URL(page.url()).origin}/console/organisation`)
    await page.getByRole('button', { name: 'Actions for Research' }).waitFor()
    expect(await page.getByRole('button', { name: /Actions for (Acme|Sales)/ }).count()).toBe(0)
    expect(tab.faults).toEqual([])
  })
})
