import type { Credentials, InputOf } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from '../kit/authenticator.ts'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

describe.skipIf(chromiumMissing !== '')(`account, overview and settings${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
  })
  afterAll(() => stack.disposeAsync())

  const hire = async (name: string, roles: InputOf<'employee.create'>['roles'] = []): Promise<Credentials> =>
    await (await gateway.office).call('employee.create', { name, roles })

  test('an authenticator app is set up, confirms what is sensitive, and another device is signed out', async () => {
    const olga = await hire('Olga')
    await using tab = await browser.open(gateway)
    await using other = await browser.open(gateway)
    await tab.signIn(olga)
    await other.signIn(olga)
    const { page } = tab
    await page.getByRole('button', { name: olga.employee_id }).click()
    await page.getByRole('menuitem', { name: 'My account' }).click()
    const own = page.getByRole('list', { name: 'Devices and sessions' }).getByRole('listitem')
    expect(await own.filter({ hasText: 'This one' }).innerText()).toMatch(/In use now/)
    expect(await own.filter({ hasNotText: 'This one' }).innerText()).toMatch(/Last seen/)
    await page.getByRole('button', { name: 'Set up' }).click()
    const factor = page.getByRole('dialog', { name: 'Confirm it is you' })
    // The other tab is a device, too: it shows the code, and what it is for.
    const notice = (await other.page.getByText('wants to do this: Set up an authenticator app').textContent()) ?? ''
    await factor.getByLabel('Code').fill(/Enter (\S+) there/.exec(notice)?.[1] ?? '')
    await factor.getByRole('button', { name: 'Confirm' }).click()
    const dialog = page.getByRole('dialog', { name: 'Authenticator app' })
    const secret = (await dialog.locator('code').textContent()) ?? ''
    // As apps show it.
    const shown = (code: string): string => `${code.slice(0, 3)} ${code.slice(3)}`
    const used = await codeOf(secret)
    await dialog.getByLabel('Code').pressSequentially(shown(used))
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    const codes = page.getByRole('dialog', { name: 'Recovery codes' }).getByRole('listitem')
    await codes.nth(9).waitFor()
    const first = (await codes.first().textContent()) ?? ''
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('10 recovery codes are left.').waitFor()

    await page.getByRole('button', { name: 'New recovery codes' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'New recovery codes' }).click()
    await factor.getByText('Get new recovery codes').waitFor()
    await factor.getByLabel('Code').fill(first)
    await factor.getByRole('button', { name: 'Confirm' }).click()
    await codes.nth(9).waitFor()
    expect(await codes.allTextContents()).not.toContain(first)
    await page.getByRole('button', { name: 'I have kept them' }).click()

    await page.getByRole('button', { name: 'Stop using it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stop using it' }).click()
    await factor.getByText('six digits').waitFor()
    // Whoever enters a code that was used is told so where it is entered, and has only to type the next one.
    await factor.getByLabel('Code').fill(used)
    await factor.getByRole('button', { name: 'Confirm' }).click()
    await factor.getByText(/each code works once.*4 tries left/).waitFor()
    await page.keyboard.type(shown(await codeOf(secret, 30)))
    await page.keyboard.press('Enter')
    await page.getByText('Not set up').waitFor()
    await factor.waitFor({ state: 'hidden' })

    await page.getByRole('button', { name: olga.employee_id }).click()
    await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
    await page.getByLabel('Employee id').waitFor()
    await other.page.getByText('This device was signed out.').waitFor()
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  test('the overview counts what is sent while one looks, and the settings tell how the deployment is set up', async () => {
    const boss = await hire('Boss', [{ role: 'admin' }])
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(boss)
    await page.getByRole('figure', { name: 'Messages over time' }).waitFor()
    const office = await gateway.office
    for (let n = 0; n < 3; n++)
      await office.call('msg.send_private', { to_employee_id: boss.employee_id, content: `hello ${n}` })
    // Written down by the gateway every few seconds, and asked for as often.
    await page.getByRole('row', { name: /Messages, until accepted 3 / }).waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('cell', { name: 'Bytes of a request payload' }).waitFor()
    await page.getByText('In the gateway itself').waitFor()
    await page.getByText(/^\d+ connections?$/).waitFor()
    expect(tab.faults).toEqual([])
  })
})
