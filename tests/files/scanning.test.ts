import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { LIMITS } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { putFile, sendSigned } from '../kit/put-file.ts'

const SECRET = 'x'.repeat(32)
interface Question {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** What the scanner has read first at the address it was given. */
  readonly text: string
}

let gateway: TestGateway
let asked: Question[]
let answer: (question: Question, response: ServerResponse) => void
const stack = new AsyncDisposableStack()

/** Says that everything is clean but what says "virus". */
const honest = ({ text }: Question, response: ServerResponse): void => {
  response.end(JSON.stringify({ clean: !text.includes('virus') }))
}

beforeAll(async () => {
  const scanner = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const { url } = JSON.parse(body) as { readonly url: string }
    const question = {
      headers: request.headers,
      body,
      text: await (await fetch(url, { headers: { range: 'bytes=0-99' } })).text(),
    }
    asked.push(question)
    answer(question, response)
  })
  scanner.listen(0, '127.0.0.1')
  await once(scanner, 'listening')
  stack.defer(() => {
    scanner.closeAllConnections()
    scanner.close()
  })
  const scanUrl = `http://127.0.0.1:${(scanner.address() as AddressInfo).port}/scan`
  gateway = stack.use(await startGateway({ config: { storage: { scanUrl, scanSecret: SECRET, scanSeconds: 1 } } }))
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  asked = []
  answer = honest
})

const people = async (): Promise<readonly [Device, Device]> => [
  await (await gateway.hire()).connect(),
  await (await gateway.hire()).connect(),
]
const textAt = async (reader: Device, key: string): Promise<string> =>
  await (await sendSigned(await reader.call('file.download_url', { key }))).text()

test('a scanner is told of a file, signed, and gets its bytes, before anybody else does', async () => {
  const [ann, bob] = await people()
  const { key } = await putFile(ann, 'hello', { to_employee_id: bob.employeeId, file_name: '报告.txt' })
  await ann.call('file.complete', { key })
  expect(await textAt(bob, key)).toBe('hello')
  expect(asked).toHaveLength(1)
  const { body, headers, text } = asked[0] as Question
  expect(text).toBe('hello')
  const about = { key, size: 5, content_type: 'text/plain', file_name: '报告.txt', owner: ann.employeeId }
  expect(JSON.parse(body)).toEqual({ ...about, url: expect.any(String) })
  const verified = new Webhook(SECRET, { format: 'raw' }).verify(body, headers as Record<string, string>)
  expect(verified).toMatchObject({ key })
})

test('what a scanner refuses is never read, by nobody', async () => {
  const [ann, bob] = await people()
  const { key } = await putFile(ann, 'a virus', { to_employee_id: bob.employeeId })
  expect(await bob.request('file.download_url', { key })).toMatchObject({ code: 403, reason: 'file_refused' })
  for (const [device, action] of [
    [ann, 'file.complete'],
    [ann, 'file.download_url'],
    [bob, 'file.download_url'],
  ] as const) {
    expect(await device.request(action, { key })).toMatchObject({ code: 403, reason: 'file_refused' })
  }
  expect(asked).toHaveLength(1)
})

test('what is put in the place of a clean file is not read', async () => {
  const [ann] = await people()
  const signed = await ann.call('file.upload_url', { file_name: 'a.txt', content_type: 'text/plain', size: 5 })
  await sendSigned(signed, 'clean')
  answer = (question, response) => {
    // While the scanner looks at it.
    void sendSigned(signed, 'virus').then(() => honest(question, response))
  }
  await ann.call('file.complete', { key: signed.key })
  await ann.call('file.complete', { key: signed.key })
  expect(await textAt(ann, signed.key)).toBe('clean')
})

test.each([
  ['says nothing', (_: Question, _response: ServerResponse) => undefined],
  ['breaks off', (_: Question, response: ServerResponse) => response.destroy()],
  ['fails', (_: Question, response: ServerResponse) => response.writeHead(500).end()],
  ['says something else', (_: Question, response: ServerResponse) => response.end('{"clean":"yes"}')],
  ['says no JSON', (_: Question, response: ServerResponse) => response.end('clean')],
])('a file waits while the scanner %s', async (_, broken) => {
  const [ann] = await people()
  const { key } = await putFile(ann, 'hello')
  answer = broken
  expect(await ann.request('file.complete', { key })).toMatchObject({ code: 503, reason: 'scan_unavailable' })
  expect(await ann.request('file.download_url', { key })).toMatchObject({ code: 503, reason: 'scan_unavailable' })
  answer = honest
  await ann.call('file.complete', { key })
  expect(await textAt(ann, key)).toBe('hello')
})

test('a file in parts is scanned as well', async () => {
  const [ann] = await people()
  const size = LIMITS.filePutBytes + 5
  const {
    key,
    upload_id = '',
    part_count = 0,
  } = await ann.call('file.upload_url', {
    file_name: 'big',
    content_type: 'application/octet-stream',
    size,
  })
  const numbers = Array.from({ length: part_count }, (_, i) => ({ part_number: i + 1 }))
  const { parts } = await ann.call('file.part_urls', { key, upload_id, parts: numbers })
  const bytes = Buffer.alloc(LIMITS.filePartBytes, 'a virus ')
  for (const part of parts) expect((await sendSigned(part, bytes.subarray(0, part.size))).status).toBe(200)
  // A hundred mebibytes are put together, and looked at.
  const completed = await ann.request('file.complete', { key, upload_id }, { timeoutMs: 60_000 })
  expect(completed).toMatchObject({ code: 403, reason: 'file_refused' })
  expect(await ann.request('file.download_url', { key })).toMatchObject({ code: 403, reason: 'file_refused' })
})
