import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { MqttConnection } from '@mchat/schema'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ConfigOverrides } from '#src/config.ts'
import type { ConsoleOptions } from '#src/ops/console.ts'
import { type ConsoleFiles, readConsoleFiles } from '#src/ops/console-files.ts'
import { type TempDirectory, tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { closeServers, get, raw, start } from '../http-server.ts'

const SCRIPT = `/* ${'MChat '.repeat(100)}*/`
const PAGE =
  '<html><head><meta name="mchat" content="{{deployment}}"><meta name="csp-nonce" content="{{nonce}}"></head><body>{{other}}</body></html>'
const SECRET = 'not to be seen'

let directory: TempDirectory
let files: ConsoleFiles
beforeAll(async () => {
  directory = await tempDirectory()
  const put = (name: string, content: string | Buffer) => writeFile(join(directory.path, 'dist', name), content)
  await mkdir(join(directory.path, 'dist/assets/.cache'), { recursive: true })
  await put('index.html', PAGE)
  await put('icon.svg', '<svg/>')
  await put('assets/index-1a2b.js', SCRIPT)
  await put('assets/index-1a2b.js.br', brotliCompressSync(SCRIPT))
  await put('assets/index-1a2b.js.gz', gzipSync(SCRIPT))
  await put('assets/small.css', 'p{}')
  for (const name of [
    'sources.sha256',
    'assets/index-1a2b.js.map',
    '.hidden.js',
    'assets/.cache/x.js',
    'x.constructor',
  ])
    await put(name, SECRET)
  await writeFile(join(directory.path, 'outside.js'), SECRET)
  await symlink(join(directory.path, 'outside.js'), join(directory.path, 'dist/assets/link.js'))
  const read = await readConsoleFiles(join(directory.path, 'dist'))
  if (read === undefined) throw new Error('The console is there.')
  files = read
})
afterAll(() => directory[Symbol.asyncDispose]())
afterEach(closeServers)

const OWN: MqttConnection = {
  broker_host: 'localhost',
  broker_port: 1883,
  use_tls: false,
  client_id_scheme: '{employee_id}_{device_id}_{uuid}',
  mqtt_username: '',
}

const startConsole = (
  overrides: ConfigOverrides = {},
  given: { readonly connection?: Partial<MqttConnection>; readonly storeUrl?: string } = {},
) => {
  const options: Omit<ConsoleOptions, 'config'> = {
    console: files,
    connection: () => ({ ...OWN, ...given.connection }),
    bindsCredentials: false,
    storeUrl: () => given.storeUrl,
  }
  return start(overrides, { console: options })
}

const directives = (response: Response): Map<string, readonly string[]> =>
  new Map(
    (response.headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources]
    }),
  )

const UNESCAPED: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' }
const deploymentIn = (page: string): unknown =>
  JSON.parse(/name="mchat" content="([^"]*)"/.exec(page)?.[1]?.replace(/&\w+;/g, (each) => UNESCAPED[each] ?? '') ?? '')

test('without a console there is nothing to serve', async () => {
  await using empty = await tempDirectory()
  expect(await readConsoleFiles(empty.path)).toBeUndefined()
  const { url } = await start()
  expect((await fetch(`${url}/console/organisation`)).status).toBe(404)
  expect(await (await fetch(url)).text()).not.toContain('<script')
})

test('what the build has made is served, and nothing else that lies beside it', () => {
  expect([...files.files.keys()].toSorted()).toEqual(['/assets/index-1a2b.js', '/assets/small.css', '/icon.svg'])
})

test.each([
  '/',
  '/console',
  '/console/',
  '/console/people/emp_1?tab=x',
  '/console/%2e%2e/%2e%2e/etc/passwd',
  '/console/x.js.map',
])('%s is the page, which no cache keeps', async (path) => {
  const { port } = await startConsole()
  const answer = await raw(port, get(path))
  expect(answer).toMatch(/^HTTP\/1.1 200 /)
  expect(answer).toContain('\r\ncontent-type: text/html; charset=utf-8\r\n')
  expect(answer).toContain('\r\ncache-control: no-store\r\n')
  expect(answer).toContain('<meta name="mchat"')
})

test.each([
  '/../outside.js',
  '/assets/../../outside.js',
  '/assets/%2e%2e/%2e%2e/outside.js',
  '/assets/..%2f..%2foutside.js',
  '/assets/..\\..\\outside.js',
  '/assets//index-1a2b.js',
  '/assets/index-1a2b.js%00',
  '/assets/index-1a2b.js/',
  '/ASSETS/index-1a2b.js',
  '/assets/link.js',
  '/assets/.cache/x.js',
  '/assets/index-1a2b.js.map',
  '/assets/index-1a2b.js.br',
  '/assets/',
  '/assets',
  '/.hidden.js',
  '/sources.sha256',
  '/index.html',
  '/consoles',
  '/src/main.tsx',
  '/%E0%A4%A',
])('%s is nothing', async (path) => {
  const { port } = await startConsole()
  const answer = await raw(port, get(path))
  expect(answer).toMatch(/^HTTP\/1.1 40[04] /)
  expect(answer).toContain('\r\ncache-control: no-store\r\n')
  expect(answer).not.toContain(SECRET)
})

test.each(['/', '/console', '/console/people/emp_1', '/assets/index-1a2b.js', '/icon.svg'])(
  '%s is only read',
  async (path) => {
    const { port } = await startConsole()
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const answer = await raw(port, get(path, 'x-said: back to me\r\n').replace('GET', method))
      expect(answer, method).toMatch(/^HTTP\/1.1 405 /)
      expect(answer, method).toMatch(/\r\nallow: GET, HEAD\r\n/i)
      expect(answer, method).not.toContain('back to me')
    }
    const [got, head] = await Promise.all([raw(port, get(path)), raw(port, get(path).replace('GET', 'HEAD'))])
    const sizeOf = (answer: string) => /\r\ncontent-length: (\d+)\r\n/.exec(answer)?.[1]
    expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(head.split('\r\n\r\n')[1]).toBe('')
    expect(sizeOf(head)).toBe(sizeOf(got))
  },
)

test('files are compressed for whoever can take it, and are as they are for everybody else', async () => {
  const { port } = await startConsole()
  const ask = async (path: string, headers: string): Promise<readonly (string | undefined)[]> => {
    const [head = ''] = (await raw(port, get(path, headers))).split('\r\n\r\n')
    return ['content-encoding', 'content-length', 'content-type', 'vary'].map(
      (name) => new RegExp(`\r\n${name}: ([^\r]*)`).exec(head)?.[1],
    )
  }
  const JS = ['text/javascript; charset=utf-8', 'accept-encoding']
  const br = ['br', String(brotliCompressSync(SCRIPT).length), ...JS]
  const gzip = ['gzip', String(gzipSync(SCRIPT).length), ...JS]
  const plain = [undefined, String(SCRIPT.length), ...JS]
  const script = (headers: string) => ask('/assets/index-1a2b.js', headers)
  expect(await script('')).toEqual(plain)
  expect(await script('accept-encoding: gzip, deflate, br\r\n')).toEqual(br)
  expect(await script('accept-encoding: gzip, br;q=0\r\n')).toEqual(gzip)
  expect(await script('accept-encoding: gzip\r\naccept-encoding: br\r\n')).toEqual(br)
  expect(await script('accept-encoding: br;q=0, gzip;q=0, identity;q=0\r\n')).toEqual(plain)
  expect(await script('accept-encoding: zstd\r\n')).toEqual(plain)
  expect(await script('range: bytes=0-3\r\n')).toEqual(plain)
  expect(await ask('/icon.svg', 'accept-encoding: br\r\n')).toEqual([
    undefined,
    '6',
    'image/svg+xml',
    'accept-encoding',
  ])
})

test('what is named after its content is kept for good, and the rest is asked for again by its tag', async () => {
  const { url } = await startConsole()
  const script = await fetch(`${url}/assets/index-1a2b.js`)
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const icon = await fetch(`${url}/icon.svg`)
  expect(icon.headers.get('cache-control')).toBe('public, max-age=3600')
  const tag = icon.headers.get('etag') ?? ''
  expect(tag).toMatch(/^W\/"[\w-]{43}"$/)
  expect(script.headers.get('etag')).not.toBe(tag)
  const statusFor = async (ifNoneMatch: string): Promise<number> =>
    (await fetch(`${url}/icon.svg`, { headers: { 'if-none-match': ifNoneMatch } })).status
  expect(await statusFor(tag)).toBe(304)
  expect(await statusFor(`"x", ${tag.slice(2)}`)).toBe(304)
  expect(await statusFor('*')).toBe(304)
  expect(await statusFor('"x"')).toBe(200)
  expect(await statusFor('')).toBe(200)
  const page = await fetch(url, { headers: { 'if-none-match': '*' } })
  expect([page.status, page.headers.get('etag')]).toEqual([200, null])
})

test('every answer says by headers what a browser is not to do with it', async () => {
  const { url } = await startConsole({ publicTls: true })
  for (const path of ['/', '/assets/index-1a2b.js', '/icon.svg', '/assets/nothing.js']) {
    const { headers } = await fetch(`${url}${path}`)
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('strict-transport-security'), path).toBe('max-age=31536000')
    expect(headers.get('x-frame-options'), path).toBe('DENY')
    expect(headers.get('referrer-policy'), path).toBe('no-referrer')
    expect(headers.get('content-security-policy'), path).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/)
    expect(headers.get('content-security-policy'), path).not.toContain('unsafe')
  }
})

test('styles are let in by a nonce that no other answer has', async () => {
  const { url } = await startConsole()
  const nonces = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const response = await fetch(url)
    const nonce = /name="csp-nonce" content="([^"]*)"/.exec(await response.text())?.[1] ?? ''
    expect(Buffer.from(nonce, 'base64')).toHaveLength(16)
    expect(directives(response).get('style-src')).toEqual(["'self'", `'nonce-${nonce}'`])
    expect(directives(response).get('script-src')).toEqual(["'self'"])
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(20)
})

test.each([
  ['"><script src=//evil.example></script>'],
  ["'--></style></script><b onload=alert(1)>"],
  ['{{nonce}} {{deployment}}'],
  ["$& $` $' $1 $<name>"],
  ['&quot; &amp;lt; \u2028 \\"'],
])('%j in what the page is told stays a text in its attribute', async (text) => {
  const { url } = await startConsole(
    {},
    { connection: { ws_url: `wss://chat.example.org/${text}`, broker_host: text } },
  )
  const page = await (await fetch(url)).text()
  expect(deploymentIn(page)).toMatchObject({
    connection: { ws_url: `wss://chat.example.org/${text}`, broker_host: text },
  })
  expect(page.replace(/content="[^"]*"/g, 'content=""')).toBe(PAGE.replace(/content="[^"]*"/g, 'content=""'))
})

test.each<[string, ConfigOverrides, Parameters<typeof startConsole>[1], readonly string[]]>([
  ['it alone', {}, {}, []],
  ['its public name', {}, { connection: { ws_url: 'wss://chat.example.org:443/mqtt' } }, ['wss://chat.example.org']],
  ['a broker', {}, { connection: { ws_url: 'ws://10.0.0.1:9001/mqtt?x=1' } }, ['ws://10.0.0.1:9001']],
  [
    'brokers that people may choose',
    { consoleBrokers: ['wss://Eu.example.org/mqtt', 'wss://us.example.org:8443/', 'wss://eu.example.org/'] },
    {},
    ['wss://eu.example.org', 'wss://us.example.org:8443'],
  ],
  [
    'a store',
    {},
    { storeUrl: 'https://mchat.s3.eu-west-1.amazonaws.com/' },
    ['https://mchat.s3.eu-west-1.amazonaws.com'],
  ],
  [
    'a host that a policy cannot name',
    { consoleBrokers: ['wss://a;script-src/', 'wss://a,b/mqtt', 'wss://*/'] },
    { connection: { ws_url: "wss://a'b/;script-src *" }, storeUrl: 'https://a;img-src' },
    [],
  ],
])('it connects to the gateway and to %s', async (_what, config, given, expected) => {
  const { url } = await startConsole(config, given)
  const policy = directives(await fetch(url))
  expect(policy.get('connect-src')).toEqual(["'self'", ...expected])
  expect([...policy.keys()]).toEqual([
    'default-src',
    'script-src',
    'style-src',
    'img-src',
    'media-src',
    'font-src',
    'connect-src',
    'worker-src',
    'base-uri',
    'form-action',
    'frame-ancestors',
  ])
})
