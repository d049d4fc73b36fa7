import { type Credentials, connect, memoryStore, serveAgent } from '@mchat/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { said, write } from './chat.ts'

/** A red dot. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)
const HOSTILE = [
  '<img src=x onerror="alert(1)"><script>alert(2)</script>',
  '[press me](javascript:alert(3)) javascript:alert(4) https://user:pass@evil.example/ https://"onmouseover=alert(5)',
] as const

const act = async (page: Page, text: string, action: string): Promise<void> => {
  await said(page, text).getByRole('button', { name: 'Message actions' }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

describe.skipIf(chromiumMissing !== '')(`the playground of the console${chromiumMissing}`, () => {
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

  test('two people chat, alone and in a group: they quote, edit, take back, react, mention and send a picture', async () => {
    const [olga, ben] = [await hire('Olga'), await hire('Ben')]
    await using tab = await browser.open(gateway)
    await using other = await browser.open(gateway)
    await Promise.all([tab.signIn(olga), other.signIn(ben)])
    const [page, his] = [tab.page, other.page]

    await tab.goTo('playground')
    await page.getByRole('button', { name: 'New conversation' }).click()
    await page.getByLabel('A person or an AI agent').fill('Ben')
    await page.getByTitle(`Ben (${ben.employee_id})`).click()
    await page.getByText('This is where it begins').waitFor()
    await write(page, 'Good morning\nBen')
    // He looks at another page, and is told there.
    await his.getByTitle('1 unread message').first().waitFor()
    await his.getByRole('link', { name: 'Playground' }).click()
    await his.getByRole('link', { name: /Olga/ }).click()
    await said(his, 'Good morning').waitFor()
    await page.getByText('Read', { exact: true }).waitFor()
    expect(await his.getByTitle('1 unread message').count()).toBe(0)

    // What tells of it is told once for a while, and may be lost.
    const writing = page.getByText('Ben is writing…')
    await expect
      .poll(async () => {
        await his.getByLabel('Write a message').pressSequentially('H')
        return await writing.count()
      })
      .toBe(1)
    await act(his, 'Good morning', 'Reply')
    await write(his, 'Hello Olga')
    await said(page, 'Hello Olga')
      .getByRole('button', { name: /You: Good morning/ })
      .waitFor()
    await act(his, 'Hello Olga', 'Edit')
    await his.getByLabel('Editing a message').fill('Hello, dear Olga')
    await his.getByLabel('Editing a message').press('Enter')
    await said(page, 'Hello, dear Olga').getByText('edited').waitFor()
    await said(page, 'Hello, dear Olga').getByRole('button', { name: 'React' }).click()
    await page.getByRole('button', { name: 'React with 🎉' }).click()
    await said(his, 'Hello, dear Olga').getByRole('button', { name: '🎉, 1 reaction' }).click()
    await said(page, 'Hello, dear Olga').getByRole('button', { name: '🎉, 2 reactions' }).waitFor()
    await page.getByRole('article', { name: 'You' }).getByRole('button', { name: 'Message actions' }).click()
    await page.getByRole('menuitem', { name: 'Take back' }).click()
    await his.getByText('Olga took a message back').waitFor()

    for (const text of HOSTILE) await write(page, text)
    for (const text of HOSTILE) await said(his, text).waitFor()
    await write(page, 'See https://example.com/a?b=c, please')
    const link = said(his, 'please').getByRole('link')
    expect(await link.getAttribute('href')).toBe('https://example.com/a?b=c')
    expect(await link.getAttribute('rel')).toContain('noopener')
    expect(await said(his, 'press me').getByRole('link').count()).toBe(0)

    await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PICTURE })
    const picture = his.getByRole('img', { name: 'Picture from Olga' })
    await expect
      .poll(() => picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(1)

    await using founder = await connect(olga, { store: memoryStore(), presence: false }).then((client) => ({
      client,
      [Symbol.asyncDispose]: () => client.close(),
    }))
    const { group_id } = await founder.client.group.create({ name: 'Harbour', member_ids: [ben.employee_id] })
    await page.getByRole('link', { name: /Harbour/ }).click()
    await page.getByRole('region', { name: 'Harbour' }).waitFor()
    await page.getByLabel('Write a message').pressSequentially('Look here, @be')
    await page.getByRole('option', { name: /Ben/ }).waitFor()
    // The next letter comes before anything is drawn.
    await page.evaluate(`
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
      document.execCommand('insertText', false, 'n')
    `)
    await page.keyboard.type('ow')
    await page.keyboard.press('Enter')
    await his
      .getByRole('link', { name: /Harbour/ })
      .getByText('@You')
      .waitFor()
    await his.getByRole('link', { name: /Harbour/ }).click()
    await said(his, 'Look here, @Ben now').waitFor()
    // It comes back from the group's topic, to one's other devices and to this one: it is one message.
    await founder.client.msg.sendGroup({ group_id, content: 'from my phone' })
    await said(page, 'from my phone').waitFor()
    expect(await said(page, 'Look here').count()).toBe(1)
    await page.getByText('Read by 1').waitFor()
    await founder.client.group.memberRemove({ group_id, member_ids: [ben.employee_id] })
    await his.getByText('You are not in this group any more.').waitFor()
    // What it was called is still known; of a group that was never seen nothing is.
    await his.getByRole('region', { name: 'Harbour' }).waitFor()
    const unseen = await founder.client.group.create({ name: 'Pier', member_ids: [] })
    await other.goTo(`playground/group/${unseen.group_id}`)
    await his.getByRole('region', { name: 'A group you are not in' }).waitFor()
    expect([...tab.faults, ...other.faults]).toEqual([])
  })

  test('an agent answers while one looks on, and can be stopped', async () => {
    const credentials = await (await gateway.office).call('employee.create', {
      name: 'Echo',
      is_ai_agent: true,
      agent_profile: { connector: 'mqtt', response_timeout: 60 },
    })
    await using agent = await connect(credentials, { store: memoryStore() }).then((client) => ({
      client,
      [Symbol.asyncDispose]: () => client.close(),
    }))
    const seen = Promise.withResolvers<void>()
    serveAgent(agent.client, async ({ message }, reply) => {
      reply.delta('You said: ')
      if (message.content === 'for ever') {
        await new Promise((resolve) => reply.signal.addEventListener('abort', resolve))
        return undefined
      }
      if (message.content === 'fail') throw new Error('on purpose')
      await seen.promise
      return `You said: ${String(message.content)}`
    })
    await using tab = await browser.open(gateway)
    const { page } = tab
    await tab.signIn(await hire('Nora'))
    await tab.goTo(`playground/private/${credentials.employee_id}`)
    await write(page, 'ping')
    const answer = said(page, 'You said:')
    await answer.getByRole('status', { name: 'is answering' }).waitFor()
    seen.resolve()
    await said(page, 'You said: ping').waitFor()
    expect(await answer.getByRole('status').count()).toBe(0)
    expect(await answer.count()).toBe(1)

    await write(page, 'for ever')
    await page.getByRole('button', { name: 'Stop Echo' }).click()
    await page.getByRole('log').getByText('Echo was stopped.').waitFor()
    await write(page, 'fail')
    await page.getByRole('log').getByText('Echo could not answer: it says that it failed.').waitFor()
    expect(await page.getByRole('button', { name: 'Stop Echo' }).count()).toBe(0)
    const office = await gateway.office
    await office.call('agent.disable', { employee_id: credentials.employee_id })
    // Nobody tells somebody who administers nothing: it is looked at again when they write.
    await write(page, 'are you there')
    await page.getByText('Echo is paused.').waitFor()
    await office.call('agent.enable', { employee_id: credentials.employee_id })
    await write(page, 'ping')
    await page.getByText('Echo is paused.').waitFor({ state: 'detached' })
    expect(tab.faults).toEqual([])
  })

  test('what is sent while the gateway is away arrives once, in order; and a long conversation stays readable', async () => {
    const [uma, vic] = [await hire('Uma'), await hire('Vic')]
    await using tab = await browser.open(gateway)
    await using other = await browser.open(gateway)
    const { page } = tab
    await Promise.all([tab.signIn(uma), other.signIn(vic)])
    await page.setViewportSize({ width: 390, height: 844 })
    await tab.goTo(`playground/private/${vic.employee_id}`)
    await page.getByText('This is where it begins').waitFor()
    await other.goTo(`playground/private/${uma.employee_id}`)
    await other.page.getByText('This is where it begins').waitFor()
    await gateway.restart(async () => {
      await page.getByText('The connection is lost.').waitFor()
      await write(page, 'first')
      await write(page, 'second')
      await said(page, 'second').getByRole('status', { name: 'Sending' }).waitFor()
    })
    await page.getByText(/^(Delivered|Read)$/).waitFor()
    await said(other.page, 'second').waitFor()
    expect(await other.page.getByRole('article').allInnerTexts()).toEqual([
      expect.stringContaining('first'),
      expect.stringContaining('second'),
    ])
    expect(await page.getByRole('article').count()).toBe(2)

    const device = await connect(vic, { store: memoryStore() })
    const texts = Array.from({ length: 300 }, (_, index) => `line ${index}.`)
    await Promise.all(texts.map((content) => device.msg.sendPrivate({ to_employee_id: uma.employee_id, content })))
    await said(page, 'line 299.').waitFor()
    // Only what one can look at is in the page.
    expect(await page.getByRole('article').count()).toBeLessThan(100)
    const log = page.getByRole('log')
    // Somebody reads above: what comes now moves nothing.
    await log.evaluate((element) => element.scrollTo(0, 0))
    await said(page, 'line 170.').waitFor()
    await device.msg.sendPrivate({ to_employee_id: uma.employee_id, content: 'the newest' })
    await page.getByRole('button', { name: /New messages/ }).click()
    await said(page, 'the newest').waitFor()
    await device.close()
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    expect(await page.evaluate(overflow)).toBe(0)
    expect([...tab.faults, ...other.faults]).toEqual([])
  })
})
