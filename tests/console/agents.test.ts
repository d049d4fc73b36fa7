import type { Credentials, InputOf } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { events, LOOPBACK_AGENTS, startWebhookAgent } from '../agents/webhook-agent.ts'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { startHostileHttpServer } from '../kit/hostile-http-server.ts'

describe.skipIf(chromiumMissing !== '')(`AI agents in the console${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway({ config: LOOPBACK_AGENTS }))
    browser = stack.use(await startConsoleBrowser())
  })
  afterAll(() => stack.disposeAsync())

  const hire = async (name: string, roles: InputOf<'employee.create'>['roles'] = []): Promise<Credentials> =>
    await (await gateway.office).call('employee.create', { name, roles })

  test('one is registered, tried in the bench with its signed request and its answer as it comes, and edited', async () => {
    await using server = await startHostileHttpServer()
    let goOn = (): void => undefined
    server.respond((_request, response) => {
      const stream = events(response)
      stream.delta('Roses ')
      goOn = () => {
        stream.delta('are red')
        stream.end()
      }
    })
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(await hire('Mia', [{ role: 'agent_manager' }]))
    await page.getByRole('link', { name: 'AI agents' }).click()
    await page.getByRole('button', { name: 'Add an agent' }).first().click()
    const drawer = page.getByRole('dialog')
    await drawer.getByLabel('Name').fill('Poet')
    await drawer.getByRole('textbox', { name: 'Endpoint' }).fill('poet.example.org')
    await drawer.getByRole('button', { name: 'Add an agent' }).click()
    await drawer.getByText('A URL that begins with http:// or https://').waitFor()
    await drawer.getByRole('textbox', { name: 'Endpoint' }).fill(`${server.url}/poet`)
    await drawer.getByRole('button', { name: 'Add an agent' }).click()

    const next = page.getByRole('dialog', { name: 'Poet is there' })
    const secret = (await next.locator('code').first().innerText()).trim()
    expect(secret).toMatch(/^whsec_/)
    await next.getByRole('button', { name: 'Go to the test bench' }).click()
    await page.getByRole('heading', { level: 1, name: 'Poet' }).waitFor()

    await page.getByLabel('Message', { exact: true }).fill('A poem, please')
    await page.getByRole('button', { name: 'Send' }).click()
    // While it is written: what was sent, and what there is of the answer.
    const headers = page.getByRole('region', { name: 'Headers' })
    await page.getByText('Roses', { exact: true }).waitFor()
    await headers.getByText('webhook-signature').waitFor()
    expect(await headers.innerText()).toContain(server.requests[0]?.headers['webhook-signature'])
    await page.getByRole('region', { name: 'Body' }).getByText('A poem, please').waitFor()
    expect(await page.content()).not.toContain(secret)
    goOn()
    await page.getByText('It works').waitFor()
    await page.getByText('Roses are red').waitFor()

    // Stopped: nothing waits for it any more.
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Roses', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Somebody stopped it.').waitFor()

    await page.getByRole('tab', { name: 'Profile' }).click()
    await page.getByRole('button', { name: 'Edit the profile' }).click()
    await drawer.getByLabel('Keywords').fill('poem')
    await page.keyboard.press('Enter')
    await drawer.getByLabel('Time for an answer').fill('60')
    await drawer.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.getByText('60 s', { exact: true }).waitFor()
    await page.getByText('There is no content filter').waitFor()
    const { employees } = await (await gateway.office).call('employee.list', { query: 'Poet' })
    expect(employees).toMatchObject([
      {
        agent_profile: {
          webhook_endpoint: `${server.url}/poet`,
          trigger_keywords: ['poem'],
          response_timeout: 60,
          group_policy: 'keyword',
        },
      },
    ])

    await page.getByRole('tab', { name: 'Credentials' }).click()
    await page.getByRole('button', { name: 'Make a new secret' }).click()
    await drawer.getByRole('button', { name: 'Make a new secret' }).click()
    const made = page.getByRole('dialog', { name: 'The new signing secret' })
    await made.getByText('whsec_').waitFor()
    expect(await made.innerText()).not.toContain(secret)
    await made.getByRole('button', { name: 'Close' }).last().click()
    expect(tab.faults).toEqual([])
  })

  test('its calls are listed as they come, it is paused and enabled, counted, and deleted with a second factor', async () => {
    await using agent = await startWebhookAgent(gateway, {}, { name: 'Clerk' })
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(await hire('Noah', [{ role: 'agent_manager' }]))
    await tab.goTo(`agents/${agent.id}?tab=runs`)
    await page.getByText('Nobody has called it').waitFor()

    const ann = await (await gateway.hire({ name: 'Ann' })).connect()
    await ann.call('msg.send_private', { to_employee_id: agent.id, content: 'hello' })
    const calls = page.getByRole('grid', { name: 'Calls' })
    await calls.getByText('Answered').waitFor()
    await calls.getByRole('link', { name: 'Ann' }).waitFor()
    // A person is no agent.
    await tab.goTo(`agents/${ann.employeeId}`)
    await page.getByRole('heading', { level: 1, name: 'Ann' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/console/people/${ann.employeeId}`)
    await tab.goTo(`agents/${agent.id}?tab=runs`)

    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click()
    await page.getByText('This agent is paused').waitFor()
    await ann.call('msg.send_private', { to_employee_id: agent.id, content: 'anybody there?' })
    expect(agent.calls).toHaveLength(1)
    // Somebody else enables it.
    await (await gateway.office).call('agent.enable', { employee_id: agent.id })
    await page.getByText('This agent is paused').waitFor({ state: 'hidden' })

    await page.getByRole('tab', { name: 'Statistics' }).click()
    await page.getByRole('figure', { name: 'Calls by day' }).getByRole('row').nth(1).waitFor()

    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    const factor = page.getByRole('dialog', { name: 'Confirm it is you' })
    await expect.poll(() => factor.getByLabel('Code').inputValue()).not.toBe('')
    await factor.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Clerk was deleted.').waitFor()
    await page.getByRole('heading', { level: 1, name: 'AI agents' }).waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'Clerk' }).count()).toBe(0)
    expect(tab.faults).toEqual([])
  })

  test('whoever may not manage agents is told so', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(await hire('Pat'))
    expect(await tab.page.getByRole('link', { name: 'AI agents' }).count()).toBe(0)
    await tab.goTo('agents')
    await tab.page.getByText('You have no permission for this page').waitFor()
    expect(tab.faults).toEqual([])
  })
})
