import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Credentials } from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumMissing } from '../kit/chromium.ts'
import { type ConsoleBrowser, startConsoleBrowser } from '../kit/console-page.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

/** Everything but the storage of the session where a page can keep something. */
const KEPT = `(async () => ({
  session: JSON.stringify({ ...sessionStorage }),
  elsewhere: [
    ...Object.keys(localStorage),
    ...(await indexedDB.databases()).map(({ name }) => name),
    ...(await caches.keys()),
    ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
    document.cookie,
    location.search + location.hash,
    window.name,
  ].filter(Boolean),
}))()`

/** A page of another origin, which tries what it can and keeps how that ended in `attempts`. */
const evilPage = (host: string): string => `<body><script>
  const dial = "new WebSocket('ws://${host}/mqtt', 'mqtt')"
  const socket = \`(() => { const socket = \${dial}; socket.onopen = () => tell('open'); socket.onerror = () => tell('refused') })()\`
  const heard = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }))
  const sandbox = document.createElement('iframe')
  sandbox.setAttribute('sandbox', 'allow-scripts')
  sandbox.srcdoc = "<script>const tell = (text) => parent.postMessage(text, '*');" + socket + "</" + "script>"
  const load = (element, src) =>
    new Promise((resolve) => {
      element.onload = () => resolve('loaded')
      element.onerror = () => resolve('refused')
      element.src = src
      document.body.append(element)
    })
  const attempt = async () => ({
    socket: await new Promise((tell) => eval(socket)),
    fromNowhere: await heard,
    fetched: await fetch('http://${host}/').then(() => 'read', () => 'refused'),
    image: await load(new Image(), 'http://${host}/icon.svg'),
    frame: await load(document.createElement('iframe'), 'http://${host}/').then(() => 'over'),
  })
  document.body.append(sandbox)
  const attempts = attempt()
</script>`

const serveEvil = async (host: string): Promise<AsyncDisposable & { readonly url: string }> => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(evilPage(host))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

describe.skipIf(chromiumMissing !== '')(`what a tab of the console keeps${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: ConsoleBrowser
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    gateway = stack.use(await startGateway())
    browser = stack.use(await startConsoleBrowser())
  })
  afterAll(() => stack.disposeAsync())

  const hire = async (): Promise<Credentials> => await (await gateway.office).call('employee.create', { name: 'Ann' })
  const devicesOf = async (employee_id: string) =>
    (await (await gateway.office).call('device.list', { employee_id })).devices

  test('T62: it is a credential of the tab alone that ends in a day, and nowhere but in the storage of its session', async () => {
    const credentials = await hire()
    await using tab = await browser.open(gateway)
    await tab.signIn(credentials)
    const { page } = tab
    const kept = await page.evaluate<{ readonly session: string; readonly elsewhere: readonly string[] }>(KEPT)
    expect(kept.elsewhere).toEqual([])
    expect(kept.session).not.toContain(credentials.mqtt_connection.mqtt_password)
    const [device, ...others] = await devicesOf(credentials.employee_id)
    expect(others).toEqual([])
    expect(kept.session).toContain(device?.client_id)
    const left = Date.parse(device?.expires_at ?? '') - gateway.clock.now()
    expect(left).toBeGreaterThan(23 * 3_600_000)
    expect(left).toBeLessThanOrEqual(24 * 3_600_000)
    expect(await tab.context.cookies()).toEqual([])
    expect(tab.faults).toEqual([])
  })

  test('T62: what is revoked elsewhere throws the tab out, and signing out everywhere all others', async () => {
    const credentials = await hire()
    await using first = await browser.open(gateway)
    await first.signIn(credentials)
    await using second = await browser.open(gateway)
    await second.signIn(credentials)
    await using third = await browser.open(gateway)
    await third.signIn(credentials)
    const [device] = await devicesOf(credentials.employee_id)
    await (await gateway.office).call('session.revoke', { client_id: device?.client_id ?? '' })
    const tabs = [first, second, third]
    const thrownOut = await Promise.any(
      tabs.map(async (tab) => {
        await tab.page.getByText('Sign in again to go on').waitFor()
        return tab
      }),
    )
    const [stays, other] = tabs.filter((tab) => tab !== thrownOut)
    expect(await stays?.page.getByRole('navigation').isVisible()).toBe(true)
    await stays?.page.getByRole('button', { name: credentials.employee_id }).click()
    await stays?.page.getByRole('menuitem', { name: /Sign out everywhere$/ }).click()
    await stays?.page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click()
    await stays?.page.getByLabel('Employee id').waitFor()
    await other?.page.getByText('Sign in again to go on').waitFor()
    await expect.poll(() => devicesOf(credentials.employee_id)).toEqual([])
    for (const { page } of tabs) expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([])
  })

  test('T62: a tab that was duplicated is not the same device once more, and the first one stays', async () => {
    await using tab = await browser.open(gateway)
    await tab.signIn(await hire())
    const opened = tab.context.waitForEvent('page')
    await tab.page.evaluate('void window.open(location.href)')
    const copy = await opened
    await copy.getByLabel('Employee id').waitFor()
    expect(await copy.evaluate(() => Object.keys(sessionStorage))).toEqual([])
    await tab.page.reload()
    await tab.page.getByRole('navigation').waitFor()
    expect(tab.faults).toEqual([])
  })

  test('T63: a page of another origin can neither connect, nor frame the console, nor read of it', async () => {
    const host = `127.0.0.1:${gateway.httpPort}`
    await using server = await serveEvil(host)
    await using tab = await browser.open(gateway)
    const { page } = tab
    await page.goto(server.url)
    const refused = 'refused'
    expect(await page.evaluate('attempts')).toEqual({
      socket: refused,
      fromNowhere: refused,
      fetched: refused,
      image: refused,
      frame: 'over',
    })
    const frames = page.frames()
    expect(frames).toHaveLength(3)
    for (const frame of frames) expect(await frame.locator('#root').count()).toBe(0)
  })
})
