import type { Credentials, InputOf } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

describe.skipIf(chromiumMissing !== '')(`permissions in the console${chromiumMissing}`, () => {
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

  test('they say who holds what, and why somebody may do something or may not', async () => {
    const { department_id } = await gateway.foundDepartment({ name: 'Sales' })
    const hanna = await hire('Hanna', [{ role: 'hr', department_id }])
    const ida = await hire('Ida')
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(hanna)
    await page.getByRole('link', { name: 'Permissions' }).click()
    const human = page.getByRole('row', { name: /Human resources/ })
    await human.getByRole('link', { name: 'Hanna' }).waitFor()
    await human.getByText('(in Sales)').waitFor()

    const ask = async (): Promise<void> => {
      await page.getByLabel('Person').fill('Hanna')
      await page.getByTitle(`Hanna (${hanna.employee_id})`).click()
      await page.getByLabel('Action', { exact: true }).fill('change a person')
      await page.getByTitle('Change a person or agent (employee.update)').click()
      await expect.poll(() => page.getByLabel('Field', { exact: true }).inputValue()).toBe('employee_id')
      await page.getByRole('combobox', { name: 'Value' }).fill('Ida')
      await page.getByTitle(`Ida (${ida.employee_id})`).click()
      await page.getByRole('button', { name: 'Find out' }).click()
    }
    await ask()
    await page.getByText('Hanna may not do this.').waitFor()
    await page.getByText('The permission is missing.').waitFor()
    // It moves by itself when somebody else changes what it depends on.
    await (await gateway.office).call('employee.update', { employee_id: ida.employee_id, updates: { department_id } })
    await page.getByText('Hanna may do this.').waitFor()
    await page.getByText('Human resources (in Sales)').waitFor()
    await page.getByText('the caller holds org.manage over the employee').first().waitFor()
    expect(tab.faults).toEqual([])
  })

  test('somebody without a permission is not offered the page, and is told which one when coming by its address', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(await hire('Jo'))
    expect(await tab.page.getByRole('link', { name: 'Permissions' }).count()).toBe(0)
    await tab.goTo('permissions')
    await tab.page.getByText('You have no permission for this page').waitFor()
  })
})
