import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Sdk from '../../sdk-ts/src/index.ts'
import { bundleForPage, chromiumMissing, openChromium } from '../kit/chromium.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { putFile } from '../kit/put-file.ts'

declare const MChat: typeof Sdk

/** Pages of a host of their own, with the SDK in them. */
const servePages = async () => {
  const sdk = await bundleForPage(fileURLToPath(new URL('../../sdk-ts/src/index.ts', import.meta.url)), 'MChat')
  const server = createServer((request, response) => {
    const isScript = request.url === '/sdk.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? sdk : '<!doctype html><title>page</title><script src="/sdk.js"></script>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    [Symbol.dispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe.skipIf(chromiumMissing !== '')(`files in a browser${chromiumMissing}`, () => {
  let gateway: TestGateway
  let browser: Browser
  let origin: string
  let foreign: string
  const stack = new AsyncDisposableStack()

  beforeAll(async () => {
    origin = stack.use(await servePages()).origin
    foreign = stack.use(await servePages()).origin
    gateway = stack.use(await startGateway({ config: { allowedOrigins: [origin] } }))
    browser = stack.adopt(await openChromium(), (each) => each.close())
  })
  afterAll(() => stack.disposeAsync())

  const openPage = async (at: string): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(at)
    return page
  }
  /** As an employee gets them. */
  const newEmployee = async (): Promise<Sdk.Credentials> =>
    await (await gateway.office).call('employee.create', { name: 'Ann' })

  test('the SDK puts one there, tells how far it is, and gets it again', async () => {
    const page = await openPage(origin)
    const seen = await page.evaluate(
      async (credentials) => {
        const client = await MChat.connect(credentials)
        const bytes = new Uint8Array(3_000_000).map((_, i) => i % 251)
        const progress: number[] = []
        const file = new File([bytes], '照片.png', { type: 'image/png' })
        const { key } = await client.files.upload(file, { onProgress: ({ sent }) => progress.push(sent) })
        const download = await client.files.download(key)
        const back = new Uint8Array(await (await download.blob()).arrayBuffer())
        await client.close()
        const isSame = back.length === bytes.length && back.every((byte, i) => byte === bytes[i])
        return { isSame, name: download.name, type: download.contentType, last: progress.at(-1) }
      },
      await newEmployee(),
    )
    expect(seen).toEqual({ isSame: true, name: '照片.png', type: 'image/png', last: 3_000_000 })
  })

  test('a page of another origin can neither put one there nor read one, whatever address it has', async () => {
    const device = await (await gateway.hire()).connect()
    const { key } = await putFile(device, 'hello')
    const { url: get } = await device.call('file.download_url', { key })
    const about = { file_name: 'a', content_type: 'text/plain', size: 5 }
    const { headers = {}, url: put = '' } = await device.call('file.upload_url', about)
    const attempt = async (at: string) => {
      const page = await openPage(at)
      return await page.evaluate(
        async ({ get, headers, put }) => {
          const ask = (url: string, init: RequestInit) =>
            fetch(url, init).then(
              ({ status }) => status,
              () => 'refused',
            )
          return [await ask(get, {}), await ask(put, { method: 'PUT', headers, body: 'hello' })]
        },
        { get, headers: { ...headers }, put },
      )
    }
    expect(await attempt(foreign)).toEqual(['refused', 'refused'])
    expect(await attempt(origin)).toEqual([200, 200])
  })

  test('T53: a page, a picture with a script and what is both are saved, and nothing in them runs', async () => {
    const device = await (await gateway.hire()).connect()
    const script = '<script>fetch("/healthz?it-ran")</script>'
    const hostile = {
      'page.html': `<!doctype html>${script}`,
      'picture.svg': `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`,
      'both.gif': `GIF89a/*${script}*/=1`,
    }
    for (const [file_name, text] of Object.entries(hostile)) {
      for (const content_type of ['application/octet-stream', 'text/plain', 'image/gif']) {
        const { key } = await putFile(device, text, { file_name, content_type })
        const { url } = await device.call('file.download_url', { key })
        const page = await openPage(origin)
        const requests: string[] = []
        page.on('request', (request) => requests.push(request.url()))
        const download = page.waitForEvent('download')
        await page.goto(url).catch(() => undefined)
        expect((await download).suggestedFilename()).toBe(file_name)
        expect(requests.filter((each) => each.includes('it-ran'))).toEqual([])
        // In a frame it is not shown, either.
        await page.goto(origin)
        const again = page.waitForEvent('download')
        await page.evaluate(`const frame = document.createElement('iframe')
          frame.src = ${JSON.stringify(url)}
          document.body.append(frame)`)
        await again
        expect(requests.filter((each) => each.includes('it-ran'))).toEqual([])
        await page.close()
      }
    }
  })
})
