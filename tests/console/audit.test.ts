import type { Credentials, InputOf } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

describe.skipIf(chromiumMissing !== '')(`audit log and announcements${chromiumMissing}`, () => {
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

  test('an auditor sees new rows come by themselves, narrows them, opens one, verifies the log and exports it', async () => {
    const auditor = await hire('Audrey', [{ role: 'auditor' }])
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(auditor)
    await page.getByRole('link', { name: 'Audit log' }).click()
    const log = page.getByRole('grid', { name: 'Audit log' })
    await log.getByText('device.add').first().waitFor()
    // Who it is about, what was asked and how it went, in words.
    const added = log.getByRole('row', { name: /device\.add/ }).first()
    await added.getByText('Add a device').waitFor()
    await added.getByText('Done').waitFor()
    await log
      .getByRole('row', { name: /employee\.create/ })
      .getByRole('link', { name: 'Audrey' })
      .waitFor()
    await expect(
      (await gateway.office).call('employee.update', { employee_id: 'nobody-here', updates: { name: 'x' } }),
    ).rejects.toThrow()
    const refused = log.getByRole('row', { name: /nobody-here/ })
    await refused.getByText('There is no such employee.').waitFor()
    await refused.getByText('404 employee_not_found').waitFor()

    const { group_id } = await (await gateway.office).call('group.create', { name: 'Harbour', member_ids: [] })
    await log.getByText(group_id).click()
    const detail = page.getByRole('dialog')
    await detail.getByText('Create a group').waitFor()
    // What was asked for does not come by itself.
    await detail.getByText('"name": "Harbour"').waitFor()
    await detail.getByRole('button', { name: 'Close' }).click()

    await page.getByLabel('Id it was about').or(page.getByPlaceholder('Id it was about')).fill(group_id)
    await page.keyboard.press('Enter')
    await expect.poll(() => log.getByText('device.add').count()).toBe(0)
    await log.getByText('group.create').waitFor()
    expect(page.url()).toContain(`target=${group_id}`)

    const reads = log.getByText('audit.list')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await reads.first().waitFor()
    await page.getByRole('switch', { name: 'Changes only' }).click()
    await expect.poll(() => reads.count()).toBe(0)
    // What comes by itself is looked at as well.
    await log.getByText(group_id).waitFor()
    await (await gateway.office).call('session.list', {})
    const later = await (await gateway.office).call('group.create', { name: 'Pier', member_ids: [] })
    await log.getByText(later.group_id).waitFor()
    expect([await log.getByText('session.list').count(), await reads.count()]).toEqual([0, 0])

    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('Nothing was changed, and nothing is missing.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()

    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      (async () => {
        await page.getByRole('dialog').getByRole('button', { name: 'Export' }).click()
        await page.getByRole('link', { name: /Download/ }).click()
      })(),
    ])
    await tab.goTo('audit?from=abc')
    await page.getByText('The address of this page is wrong').waitFor()
    const csv = await (await download.createReadStream()).toArray()
    expect(Buffer.concat(csv).toString()).toContain(group_id)
    expect(tab.faults).toEqual([])
  })

  test('an announcement reaches those whom it is for, and says how many they are', async () => {
    const [boss, ben, eve] = [await hire('Boss', [{ role: 'admin' }]), await hire('Ben'), await hire('Eve')]
    await using tab = await browser.open(gateway)
    await using bens = await browser.open(gateway)
    await using eves = await browser.open(gateway)
    await tab.signIn(boss)
    await bens.signIn(ben)
    await eves.signIn(eve)
    const { page } = tab
    await page.getByRole('link', { name: 'Announcements' }).click()
    await page.getByText('Some people', { exact: true }).click()
    await page.getByRole('combobox', { name: 'Some people' }).fill('Ben')
    await page.getByTitle(`Ben (${ben.employee_id})`).click()
    await page.getByLabel('Title').fill('Fire drill')
    await page.getByLabel('Text').fill('<b>At noon</b>')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.getByText('It was addressed to 1 person.').waitFor()
    await bens.page.getByText('<b>At noon</b>').waitFor()
    await bens.page.getByText(/^From Boss, /).waitFor()
    await page.getByRole('button', { name: 'Write another one' }).click()
    await page.getByLabel('Text').fill('All of you')
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByRole('dialog', { name: 'Leave without sending it?' }).getByRole('button', { name: 'Stay' }).click()
    expect(await page.getByLabel('Text').inputValue()).toBe('All of you')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText(/^It is for \d+ people; those who have never connected do not get it\./).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await eves.page.getByText('All of you').waitFor()
    expect(await eves.page.getByText('At noon').count()).toBe(0)
    expect([...tab.faults, ...bens.faults, ...eves.faults]).toEqual([])
  })
})
