import type { Credentials } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

describe.skipIf(chromiumMissing !== '')(`groups in the console${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
  })
  afterAll(() => stack.disposeAsync())

  const hire = async (name: string): Promise<Credentials> =>
    await (await gateway.office).call('employee.create', { name })

  test('one is made, members are added and given roles, another person sees it happen, and it is dismissed', async () => {
    const [olga, ben] = [await hire('Olga'), await hire('Ben')]
    await using tab = await browser.open(gateway)
    await using other = await browser.open(gateway)
    await tab.signIn(olga)
    await other.signIn(ben)
    const { page } = tab
    await tab.goTo('groups')
    await other.goTo('groups')
    await other.page.getByText('There is no group yet.').waitFor()

    await page.getByRole('button', { name: 'Create a group' }).first().click()
    const drawer = page.getByRole('dialog')
    await drawer.getByRole('button', { name: 'Create a group' }).click()
    await drawer.getByText('Give the group a name.').waitFor()
    await drawer.getByLabel('Name').fill('Harbour')
    // By the keyboard: what was typed is gone with the choice, and Tab goes on without taking it back.
    const chosen = drawer.locator('.ant-select-selection-item')
    await drawer.getByLabel('Members').fill('Ben')
    await page.getByTitle(`Ben (${ben.employee_id})`).waitFor()
    await page.getByTitle(/^Administrator/).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await expect.poll(() => chosen.allInnerTexts()).toEqual([`Ben (${ben.employee_id})`])
    expect(await drawer.getByLabel('Members').inputValue()).toBe('')
    await page.keyboard.press('Tab')
    await expect
      .poll(() => page.evaluate("document.activeElement.getAttribute('aria-label')"))
      .toBe('Add the people of a department')
    expect(await chosen.allInnerTexts()).toEqual([`Ben (${ben.employee_id})`])
    await drawer.getByRole('button', { name: 'Create a group' }).click()
    await page.getByRole('heading', { level: 1, name: 'Harbour' }).waitFor()
    // Whoever was added sees it without asking.
    await other.page.getByRole('link', { name: 'Harbour' }).click()
    await other.page.getByRole('heading', { level: 1, name: 'Harbour' }).waitFor()
    expect(await other.page.getByRole('button', { name: 'Add members' }).count()).toBe(0)

    for (const name of ['Harbour', 'Port']) {
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Edit' }).click()
      // Opened again it has what was saved, not what it was opened with before.
      await expect.poll(() => drawer.getByLabel('Name').inputValue()).toBe(name)
      await drawer.getByLabel('Name').fill('Port')
      await drawer.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { level: 1, name: 'Port' }).waitFor()
      await drawer.waitFor({ state: 'detached' })
    }

    // An agent is told from a person, where members are chosen and where they are listed.
    const office = await gateway.office
    const bot = await office.call('employee.create', { name: 'Buoy', is_ai_agent: true })
    const option = page.getByTitle(`Buoy (${bot.employee_id})`).last()
    await page.getByRole('button', { name: 'Add members' }).click()
    await drawer.getByLabel('Members').fill('Buoy')
    await option.getByText('AI', { exact: true }).waitFor()
    await option.click()
    await drawer.getByText('Who is to join?').click()
    await drawer.getByRole('button', { name: 'Add members' }).click()
    await drawer.waitFor({ state: 'detached' })
    const members = page.getByRole('grid', { name: 'Members' })
    await members.getByText('AI', { exact: true }).waitFor()
    // Whoever was ticked and is gone by then is not removed again.
    await members.getByLabel('Buoy', { exact: true }).check()
    await members.getByLabel('Ben', { exact: true }).check()
    const group_id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await office.call('group.member_remove', { group_id, member_ids: [bot.employee_id] })
    await members.getByText('AI', { exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    const ask = page.getByRole('dialog', { name: 'Remove 1 member?' })
    await ask.getByRole('button', { name: 'Cancel' }).click()
    await ask.waitFor({ state: 'detached' })
    // One of them is removed in their row, and then offered again; whoever is in the group is not.
    await page.getByRole('button', { name: 'Add members' }).click()
    await drawer.getByLabel('Members').fill('Ben')
    await page.getByText('Nobody is found').waitFor()
    await page.keyboard.press('Escape')
    await drawer.getByRole('button', { name: 'Cancel' }).click()
    await drawer.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'More: Ben' }).click()
    await page.getByRole('menuitem', { name: 'Remove from the group' }).click()
    await page.getByRole('dialog', { name: 'Remove Ben?' }).getByRole('button', { name: 'Remove' }).click()
    await members.getByText('Ben', { exact: true }).waitFor({ state: 'detached' })
    const { department_id } = await gateway.foundDepartment({ name: 'Quay' })
    await office.call('employee.update', { employee_id: ben.employee_id, updates: { department_id } })
    await page.getByRole('button', { name: 'Add members' }).click()
    await drawer.getByRole('combobox', { name: 'Add the people of a department' }).click()
    await page.getByRole('tree').getByText('Quay').click()
    await page.getByText('1 person of Quay is chosen.').waitFor()
    await drawer.getByText(`Ben (${ben.employee_id})`).waitFor()
    await drawer.getByRole('button', { name: 'Add members' }).click()
    await members.getByText('Ben', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'More: Ben' }).click()
    await page.getByRole('menuitem', { name: 'Make an admin' }).click()
    await other.page.getByRole('button', { name: 'Add members' }).waitFor()

    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Dismiss the group' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Dismiss the group' }).click()
    // Olga has one device: the deployment sends the code to it.
    const factor = page.getByRole('dialog', { name: 'Confirm it is you' })
    await expect.poll(() => factor.getByLabel('Code').inputValue()).not.toBe('')
    await factor.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('The group was dismissed.').waitFor()
    await page.getByText('There is no group yet.').waitFor()
    // Whoever is looking at it is shown nothing of it any more, nor offered what is over.
    await other.page.getByRole('button', { name: 'Add members' }).waitFor({ state: 'detached' })
    await other.page.getByRole('grid', { name: 'Members' }).waitFor({ state: 'detached' })
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  test('what was entered stays while the gateway is away, and is done once when it is back', async () => {
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(await hire('Nora'))
    await tab.goTo('groups?create=1')
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Name').fill('Lighthouse')
    await gateway.restart(async () => {
      await page.getByText('The connection is lost.').waitFor()
      await drawer.getByRole('button', { name: 'Create a group' }).click()
      expect(await drawer.getByLabel('Name').inputValue()).toBe('Lighthouse')
    })
    await page.getByRole('heading', { level: 1, name: 'Lighthouse' }).waitFor()
    await page.getByRole('link', { name: 'Groups' }).first().click()
    await page.getByRole('link', { name: 'Lighthouse' }).waitFor()
    expect(await page.getByRole('link', { name: 'Lighthouse' }).count()).toBe(1)
  })

  test('a gateway that does not answer is told of, though the connection is there, until it answers', async () => {
    await using tab = await browser.open(gateway)
    const { page } = tab
    const held: (() => void)[] = []
    let isHeld = false
    await page.routeWebSocket(/\/mqtt$/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((message) => (isHeld ? held.push(() => server.send(message)) : server.send(message)))
    })
    await tab.signIn(await hire('Otto'))
    await page.getByRole('navigation').waitFor()
    isHeld = true
    await tab.goTo('groups?create=1')
    await page.getByRole('dialog').getByLabel('Name').fill('Harbour')
    await page.getByRole('dialog').getByRole('button', { name: 'Create a group' }).click()
    await page.getByText('MChat has not answered for some seconds.').waitFor()
    isHeld = false
    for (const send of held) send()
    await page.getByRole('heading', { level: 1, name: 'Harbour' }).waitFor()
    await expect.poll(() => page.getByText('MChat has not answered for some seconds.').count()).toBe(0)
  })
})
