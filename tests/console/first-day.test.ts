import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Credentials, connect, memoryStore } from '@mchat/sdk'
import type { Locator, Page, WebSocket } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { MchatProcess } from '../../gateway/test/mchat-process.ts'
import { events } from '../agents/webhook-agent.ts'
import { codeOf } from '../kit/authenticator.ts'
import { chromiumMissing } from '../kit/chromium.ts'
import { startConsoleBrowser } from '../kit/console-page.ts'
import { type ReceivedRequest, startHostileHttpServer } from '../kit/hostile-http-server.ts'
import { prepareDatabase } from '../kit/prepared-database.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { said, write } from './chat.ts'
import { downloaded } from './download.ts'
import { drag } from './drag.ts'

const PATHS = ['Acme', 'Acme/Research', 'Acme/Research/Lab'] as const
const nameOf = (index: number): string => `Person ${String(index).padStart(3, '0')}`
const PEOPLE = Array.from({ length: 200 }, (_, index) => `p${index},${nameOf(index)},${PATHS[index % 3]}`)

/** As a hand does it with a file of the desktop. */
const dropFile = async (page: Page, onto: Locator, path: string): Promise<void> => {
  const [text, name] = [await readFile(path, 'utf8'), path.split('/').at(-1)].map((each) => JSON.stringify(each))
  const dataTransfer = await page.evaluateHandle(
    `(() => { const held = new DataTransfer(); held.items.add(new File([${text}], ${name})); return held })()`,
  )
  await onto.dispatchEvent('drop', { dataTransfer })
}

/** What the import has made for each person, in the shape that the SDK takes. */
const credentialsIn = (csv: string): ReadonlyMap<string, Credentials> => {
  const rows = csv.trimEnd().split('\r\n').slice(1)
  return new Map(
    rows.map((row) => {
      const [employee_id = '', , , mqtt_username = '', mqtt_password = '', broker_host = '', port] = row.split(',')
      const address = { broker_host, broker_port: Number(port), use_tls: false }
      const client_id_scheme = '{employee_id}_{device_id}_{uuid}'
      return [
        employee_id,
        { employee_id, mqtt_connection: { ...address, client_id_scheme, mqtt_username, mqtt_password } },
      ]
    }),
  )
}

const addDepartment = async (page: Page, name: string): Promise<void> => {
  const form = page.getByRole('dialog')
  await form.getByLabel('Name').fill(name)
  await form.getByRole('button', { name: 'Add a department' }).click()
  await page.getByRole('treeitem').filter({ hasText: name }).waitFor()
  await form.waitFor({ state: 'detached' })
}
const addDepartmentBelow = async (page: Page, parent: string, name: string): Promise<void> => {
  await page.getByRole('button', { name: `Actions for ${parent}` }).click()
  await page.getByRole('menuitem', { name: 'Add a department below' }).click()
  await addDepartment(page, name)
}
const choosePerson = async (field: Locator, name: string): Promise<void> => {
  await field.fill(name)
  await field.page().getByTitle(`${name} (`).click()
}
const choosePeople = async (field: Locator, names: readonly string[]): Promise<void> => {
  for (const name of names) await choosePerson(field, name)
  await field.press('Escape')
}
const fromMenu = async (page: Page, button: string | RegExp, item: string | RegExp): Promise<void> => {
  await page.getByRole('button', { name: button, exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

describe.skipIf(chromiumMissing !== '')(`the console${chromiumMissing}`, () => {
  test('the first day of an administrator', async () => {
    await using directory = await tempDirectory()
    const dataDir = join(directory.path, 'data')
    await prepareDatabase(dataDir)
    const env = {
      MCHAT_DATA_DIR: dataDir,
      MCHAT_HTTP_PORT: '0',
      MCHAT_MQTT_PORT: '0',
      MCHAT_AGENT_ALLOW: '127.0.0.1/32',
    }
    await using product = new MchatProcess(['start'], { cwd: directory.path, env })
    await using endpoint = await startHostileHttpServer()
    let finish = (): void => undefined
    endpoint.respond((_request, response) => {
      const stream = events(response)
      stream.delta('Roses ')
      finish = () => {
        stream.delta('are red')
        stream.end()
      }
    })
    await using browser = await startConsoleBrowser()
    await product.says('is ready')
    const address = { httpPort: Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(product.stderr)?.[1]) }
    await using tab = await browser.open(address)
    const { page } = tab
    let socket: WebSocket | undefined
    page.on('websocket', (opened) => {
      socket = opened
    })

    // The administrator signs in with the file that the first start has made.
    await dropFile(page, page.getByText('Drop your credentials file here'), join(dataDir, 'first-admin.json'))
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()

    // Three departments: the third is made in the wrong place, and dragged to where it belongs.
    await page.getByRole('link', { name: 'Organisation' }).click()
    await page.getByRole('button', { name: 'Add a department' }).click()
    await addDepartment(page, 'Acme')
    await addDepartmentBelow(page, 'Acme', 'Research')
    await addDepartmentBelow(page, 'Acme', 'Lab')
    const department = (name: string): Locator => page.getByRole('treeitem').filter({ hasText: name })
    await drag(page, department('Lab').getByText('Lab'), department('Research').getByText('Research'))
    await page.getByText('Lab is moved').waitFor()

    // Two hundred people come into them.
    await page.getByRole('button', { name: 'Import and export' }).click()
    const csv = Buffer.from(`Employee ID,Name,Department\r\n${PEOPLE.join('\r\n')}\r\n`)
    await page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: csv })
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('Everything can be imported.').waitFor()
    await page.getByRole('button', { name: 'Import 200 people' }).click()
    await page.getByText('New: 200 · Changed: 0 · Unchanged: 0 · Errors: 0').waitFor()
    const credentials = credentialsIn(await downloaded(page, 'Download the credentials'))
    expect(credentials.size).toBe(200)
    const [bensOwn, colleaguesOwn] = [credentials.get('p17'), credentials.get('p18')]
    if (bensOwn === undefined || colleaguesOwn === undefined) throw new Error('Somebody has no credentials.')
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Organisation' }).click()
    await department('Acme').getByTitle('200 people, with what is below').waitFor()
    await department('Research').getByTitle('133 people, with what is below').waitFor()

    // One of them looks with a program of theirs.
    const colleague = await connect(colleaguesOwn, { store: memoryStore() })
    await using _colleague = { [Symbol.asyncDispose]: () => colleague.close() }
    const { departments } = await colleague.department.list({})
    const parentOf = (name: string) => {
      const parent_id = departments.find((each) => each.name === name)?.parent_id
      return departments.find(({ department_id }) => department_id === parent_id)?.name
    }
    expect(['Acme', 'Research', 'Lab'].map(parentOf)).toEqual([undefined, 'Acme', 'Research'])

    // A group of some of them.
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('button', { name: 'Create a group' }).first().click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Name').fill('Launch')
    await choosePeople(drawer.getByLabel('Members'), [nameOf(17), nameOf(18), nameOf(19)])
    await drawer.getByRole('button', { name: 'Create a group' }).click()
    await page.getByRole('heading', { level: 1, name: 'Launch' }).waitFor()
    const groupId = decodeURIComponent(page.url().split('/').at(-1) ?? '')
    expect(await colleague.group.get({ group_id: groupId })).toMatchObject({ name: 'Launch', member_count: 4 })

    // An agent behind a webhook, tried in the bench.
    await page.getByRole('link', { name: 'AI agents' }).click()
    await page.getByRole('button', { name: 'Add an agent' }).first().click()
    await drawer.getByLabel('Name').fill('Poet')
    await drawer.getByRole('textbox', { name: 'Endpoint' }).fill(`${endpoint.url}/poet`)
    await drawer.getByRole('button', { name: 'Add an agent' }).click()
    const next = page.getByRole('dialog', { name: 'Poet is there' })
    const secret = (await next.locator('code').first().innerText()).trim()
    const signedBody = ({ body, headers }: ReceivedRequest): unknown =>
      new Webhook(secret).verify(body, headers as Record<string, string>)
    await next.getByRole('button', { name: 'Go to the test bench' }).click()
    const tried = endpoint.nextRequest()
    await page.getByLabel('Message', { exact: true }).fill('A poem, please')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Roses', { exact: true }).waitFor()
    expect(signedBody(await tried)).toMatchObject({ message: { content: 'A poem, please' } })
    const headers = page.getByRole('region', { name: 'Headers' })
    expect(await headers.innerText()).toContain((await tried).headers['webhook-signature'])
    finish()
    await page.getByText('It works').waitFor()
    await page.getByText('Roses are red').waitFor()

    // It joins the group.
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('link', { name: 'Launch' }).click()
    await page.getByRole('button', { name: 'Add members' }).click()
    await choosePeople(drawer.getByLabel('Members'), ['Poet'])
    await drawer.getByRole('button', { name: 'Add members' }).click()
    await page.getByRole('grid', { name: 'Members' }).getByRole('link', { name: 'Poet' }).waitFor()

    // Somebody of the two hundred signs in with what was handed out, and the two chat.
    await using bens = await browser.open(address)
    const his = bens.page
    await his.getByLabel('Employee id').fill('p17')
    await his.getByLabel('Credential', { exact: true }).fill(bensOwn.mqtt_connection.mqtt_password ?? '')
    await his.getByRole('button', { name: 'Sign in' }).click()
    await his.getByRole('link', { name: 'Playground' }).click()
    await page.getByRole('link', { name: 'Playground' }).click()
    await page.getByRole('button', { name: 'New conversation' }).click()
    await choosePerson(page.getByLabel('A person or an AI agent'), nameOf(17))
    await page.getByText('Online', { exact: true }).waitFor()
    await write(page, 'Welcome to the team')
    await his.getByRole('link', { name: /Administrator/ }).click()
    await said(his, 'Welcome to the team').waitFor()
    await write(his, 'Glad to be here')
    await said(page, 'Glad to be here').waitFor()

    // In the group they ask the agent, and both see it write.
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('link', { name: 'Launch' }).click()
    await page.getByRole('button', { name: 'Open in the playground' }).click()
    await page.getByLabel('Write a message').pressSequentially('@po')
    await page.getByRole('option', { name: /Poet/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.type('one for all of us')
    const asked = endpoint.nextRequest()
    await page.keyboard.press('Enter')
    expect(signedBody(await asked)).toMatchObject({
      message: { content: '@Poet one for all of us' },
      sender: { employee_id: 'admin' },
      conversation: { type: 'group', group_id: groupId, name: 'Launch', member_count: 5 },
    })
    await his.getByRole('link', { name: /Launch/ }).click()
    for (const each of [page, his]) {
      const answer = said(each, 'Roses')
      await answer.getByRole('status', { name: 'is answering' }).waitFor()
      expect(await answer.innerText()).not.toContain('are red')
    }
    finish()
    for (const each of [page, his]) {
      await said(each, 'Roses are red').waitFor()
      expect(await said(each, 'Roses').count()).toBe(1)
      await said(each, 'Roses').getByRole('status').waitFor({ state: 'detached' })
    }

    // An authenticator app, whose code then confirms that the group is dismissed.
    await fromMenu(page, /\(admin\)$/, 'My account')
    await page.getByRole('button', { name: 'Set up' }).click()
    const enrolment = page.getByRole('dialog', { name: 'Authenticator app' })
    const shared = (await enrolment.locator('code').innerText()).trim()
    await enrolment.getByLabel('Code').fill(await codeOf(shared))
    await enrolment.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('10 recovery codes are left.').waitFor()
    await page.getByRole('link', { name: 'Groups' }).click()
    await page.getByRole('link', { name: 'Launch' }).click()
    await fromMenu(page, 'More', 'Dismiss the group')
    await page.getByRole('dialog').getByRole('button', { name: 'Dismiss the group' }).click()
    const factor = page.getByRole('dialog', { name: 'Confirm it is you' })
    await factor.getByText('six digits').waitFor()
    await factor.getByLabel('Code').fill(await codeOf(shared, 30))
    await factor.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('The group was dismissed.').waitFor()
    await his.getByText('You are not in this group any more.').waitFor()
    expect((await colleague.group.list({})).groups).toEqual([])

    // It is written down.
    await page.getByRole('link', { name: 'Audit log' }).click()
    const log = page.getByRole('grid', { name: 'Audit log' })
    await page.getByPlaceholder('Id it was about').fill(groupId)
    await page.keyboard.press('Enter')
    await log.getByText('group.member_add').waitFor()
    await log.getByText('group.dismiss').first().click()
    const entry = page.getByRole('dialog')
    for (const text of ['Done', 'group.dismiss', 'admin', groupId]) {
      await entry.getByRole('cell').getByText(text, { exact: true }).first().waitFor()
    }
    await entry.getByRole('button', { name: 'Close' }).click()

    // At the end of the day the tab keeps nothing, and what it had kept is worth nothing.
    const kept = await page.evaluate(() => sessionStorage.getItem('mchat.credentials') ?? '')
    const { credentials: ofTab } = JSON.parse(kept) as { readonly credentials: Credentials }
    const isClosed = socket?.waitForEvent('close')
    await fromMenu(page, /\(admin\)$/, /^Sign out$/)
    await page.getByLabel('Employee id').waitFor()
    expect(await page.evaluate(() => [Object.keys(sessionStorage), Object.keys(localStorage)])).toEqual([[], []])
    // It took the credential back before it hung up.
    await isClosed
    await expect(connect(ofTab, { store: memoryStore() })).rejects.toMatchObject({
      name: 'NotConnectedError',
      returnCode: expect.any(Number),
    })
    expect([...tab.faults, ...bens.faults]).toEqual([])
  })
})
