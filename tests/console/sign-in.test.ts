import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

describe.skipIf(chromiumMissing !== '')(`signing in to the console${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  let admin: Credentials
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
    admin = JSON.parse(await readFile(join(gateway.dataDir, 'first-admin.json'), 'utf8'))
  })
  afterAll(() => stack.disposeAsync())

  const newEmployee = async (): Promise<Credentials> =>
    await (await gateway.office).call('employee.create', { name: 'Ann' })

  test('the file of the first administrator, dropped onto the page, is enough', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(admin)
    expect(await tab.page.getByRole('button', { name: 'admin' }).isVisible()).toBe(true)
    expect(tab.faults).toEqual([])
  })

  test('an id and its credential are enough, and a wrong one is told from a broker that is away', async () => {
    const { employee_id, mqtt_connection } = await newEmployee()
    await using tab = await browser.open(gateway)
    const { page } = tab
    await page.getByLabel('Credential', { exact: true }).fill('wrong')
    for (const impossible of ['admin@corp.com', '<script>']) {
      await page.getByLabel('Employee id').fill(impossible)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('An id has only letters').waitFor()
      await page.getByLabel('Employee id').fill('')
      await page.getByText('Enter the id that you were given.').waitFor()
    }
    await page.getByLabel('Employee id').fill(` ${employee_id}`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The id or the credential is wrong').waitFor()
    await page.getByLabel('Credential', { exact: true }).fill(mqtt_connection.mqtt_password ?? '')
    await page.getByRole('button', { name: 'Broker' }).click()
    const address = page.getByLabel('Address of the broker')
    const own = await address.inputValue()
    await address.fill(`ws://127.0.0.1:${gateway.httpPort}/nowhere`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('cannot be reached').waitFor()
    await address.fill(own)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('navigation').waitFor()
    expect(tab.faults).toEqual([])
  })

  test('a tab stays signed in when it is loaded again, with a credential of its own that no other tab has', async () => {
    const credentials = await newEmployee()
    await using tab = await browser.open(gateway)
    await tab.signIn(credentials)
    const kept = await tab.page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }))
    expect(kept).not.toContain(credentials.mqtt_connection.mqtt_password)
    await tab.page.reload()
    await tab.page.getByRole('navigation').waitFor()
    const other = await tab.context.newPage()
    await other.goto(tab.page.url())
    await other.getByLabel('Employee id').waitFor()
  })

  test('signing out leaves nothing in the browser, and what was there opens nothing any more', async () => {
    await using tab = await browser.open(gateway)
    const { page } = tab
    const credentials = await newEmployee()
    await tab.signIn(credentials)
    const kept = await page.evaluate(() => ({ ...sessionStorage }))
    await page.getByRole('button', { name: credentials.employee_id }).click()
    await page.getByRole('menuitem', { name: /Sign out$/ }).click()
    await page.getByLabel('Employee id').waitFor()
    expect(await page.evaluate(() => [Object.keys(sessionStorage), Object.keys(localStorage)])).toEqual([[], []])
    expect(page.url()).not.toContain(credentials.employee_id)
    await expect
      .poll(async () => {
        const { devices } = await (await gateway.office).call('device.list', { employee_id: credentials.employee_id })
        return devices.map(({ client_id }) => client_id)
      })
      .toEqual([])
    await page.evaluate((items) => {
      for (const [key, value] of Object.entries(items)) sessionStorage.setItem(key, value as string)
    }, kept)
    await page.reload()
    await page.getByText('Sign in again to go on').waitFor()
  })
})
