import type { Credentials } from '@mchat/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { xlsxFile } from '../kit/xlsx-file.ts'
import { downloaded, textOf } from './download.ts'

const FORMULA = '=HYPERLINK("http://evil.example","pay")'

describe.skipIf(chromiumMissing !== '')(`import and export in the console${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  let personnel: Credentials
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
    const office = await gateway.office
    personnel = await office.call('employee.create', { name: 'Petra', roles: [{ role: 'hr' }] })
    const { department_id } = await gateway.foundDepartment({ name: 'Sales' })
    await gateway.foundDepartment({ name: 'North', parent_id: department_id })
  })
  afterAll(() => stack.disposeAsync())

  const choose = (page: Page, name: string, content: string | Uint8Array): Promise<void> =>
    page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) })
  const namesLike = async (query: string): Promise<string[]> => {
    const office = await gateway.office
    const names: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await office.call('employee.list', {
        query,
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      })
      names.push(...page.employees.map(({ name }) => name))
      cursor = page.next_cursor
    }
    return names
  }

  test('two hundred people from a CSV: errors are shown and can be mended, credentials are not lost, nothing is a formula', async () => {
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(personnel)
    await page.getByRole('link', { name: 'Organisation' }).click()
    await page.getByRole('button', { name: 'Import and export' }).click()

    await choose(page, 'people.csv', 'name,employee_id\r\nAnn,a\r\n"Ben,b\r\n')
    await page.getByText('Row 3: a quotation mark is not closed').waitFor()

    await choose(page, 'new.csv', 'Code,Name,Role\r\na,Ann,hr\r\nb,Ben,member\r\n')
    await page.getByText('No column is the employee id').waitFor()
    await page.getByRole('combobox', { name: 'What “Code” is' }).click()
    await page.getByTitle('Employee id').click()
    await page.getByText('No column is the employee id').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('This file gives rights: 1 row gives Human resources.').waitFor()
    await page.getByRole('button', { name: 'Import 2 people' }).click()
    const asked = page.getByRole('dialog', { name: 'Give these rights?' })
    await asked.getByText('1 row gives Human resources').waitFor()
    await asked.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Back to the columns' }).click()
    await page.getByRole('button', { name: 'Other file' }).click()
    // What was said of a file is not asked again of the same when it was mended.
    await choose(page, 'mended.csv', 'Code,Name,Role\r\na,Ann,\r\n')
    await page.getByText('1 person').waitFor()
    expect(await page.getByText('No column is the employee id').count()).toBe(0)
    await page.getByRole('button', { name: 'Other file' }).click()

    const lines = Array.from({ length: 200 }, (_, i) => [`c${i}`, `Clerk ${i}`, 'Sales/North', i === 199 ? '' : 'c199'])
    lines[0] = ['c0', FORMULA, 'Sales', 'c199']
    lines[1] = ['c1', 'Clerk 1', 'Sales/South', 'c199']
    lines[2] = ['c3', 'Clerk 2', 'Sales', 'c199']
    lines[4] = ['c4', '', 'Sales', 'nobody.there']
    const quoted = lines.map((line) => line.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
    await choose(page, 'people.csv', `Staff ID,Name,Team,Boss\r\n${quoted.join('\r\n')}\r\n`)
    // What no header says is chosen by the person.
    await page.getByRole('combobox', { name: 'What “Boss” is' }).click()
    await page.getByTitle('Manager (id)').click()
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('4 rows have errors and would be left out.').waitFor()
    await page.getByText('The same id is in row 5.').waitFor()
    await page.getByText('There is no such department.').waitFor()
    await page.getByText('Somebody new needs a name.').waitFor()
    const errors = await downloaded(page, 'Download the errors')
    expect(errors.match(/^c\d+,/gm)).toEqual(['c1,', 'c3,', 'c3,', 'c4,'])
    expect(errors).toContain('There is no such department.')
    expect(await namesLike('Clerk')).toEqual([])

    await page.getByRole('button', { name: 'Import 196 people' }).click()
    await page.getByText('The import is done, but for the rows with errors.').waitFor()
    await page.getByText('New: 196 · Changed: 0 · Unchanged: 0 · Errors: 4').waitFor()
    expect(await namesLike('Clerk')).toHaveLength(195)

    // Nobody goes by mistake while the passwords are only here.
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
    await page.getByRole('button', { name: personnel.employee_id }).click()
    await page.getByRole('menuitem', { name: /Sign out$/ }).click()
    await page
      .getByRole('dialog', { name: 'Sign out, and lose what is not saved?' })
      .getByRole('button', { name: 'Cancel' })
      .click()
    const credentials = await downloaded(page, 'Download the credentials')
    expect(credentials.trimEnd().split('\r\n')).toHaveLength(197)
    expect(credentials).toContain(`\r\nc0,"'=HYPERLINK(""http://evil.example"",""pay"")",`)
    const [, , , username = '', password = ''] = credentials.match(/^c199,.*$/m)?.[0].split(',') ?? []
    await page.getByRole('tab', { name: 'Export' }).click()
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download employees.csv' }).click(),
    ])
    const exported = await textOf(download)
    expect(exported).toContain(`\r\nc0,"'=HYPERLINK(`)
    expect(exported).toMatch(/\r\nc5,Clerk 5,dept_[^,]+,Sales\/North,c199,/)
    expect(exported).not.toContain(password)

    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor()
    expect(tab.faults).toEqual([])

    await using other = await browser.open(gateway)
    await other.page.getByLabel('Employee id').fill(username)
    await other.page.getByLabel('Credential', { exact: true }).fill(password)
    await other.page.getByRole('button', { name: 'Sign in' }).click()
    await other.page.getByRole('navigation').waitFor()
  })

  test('two hundred from an XLSX in Chinese, with the gateway away in the middle: nobody is added twice', async () => {
    await using tab = await browser.open(gateway, { locale: 'zh-CN' })
    const { page } = tab
    await tab.signIn(personnel)
    await tab.goTo('import')
    const rows = Array.from({ length: 200 }, (_, i) => [`店员${i}`, 'Sales/North', 'sql; 图表'])
    await choose(page, '人员.xlsx', xlsxFile([['姓名（必填）', '所属部门', '技能'], ...rows]))
    await page.getByRole('button', { name: '检查文件' }).click()
    await page.getByText('全部可以导入。').waitFor()
    await page.getByRole('button', { name: '导入 200 人' }).click()
    await gateway.restart(() => page.getByText('连接已断开').first().waitFor())
    await page.getByText('导入完成。').waitFor()
    const names = await namesLike('店员')
    expect(names).toHaveLength(200)
    expect(new Set(names).size).toBe(200)
    expect(tab.faults).toEqual([])
  })

  test('nobody is offered it who may not manage people', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(await (await gateway.office).call('employee.create', { name: 'Max' }))
    await tab.goTo('import')
    await tab.page.getByText('You have no permission for this page').waitFor()
  })
})
