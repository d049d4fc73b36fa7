import { expect, test } from 'vitest'
import { headOf, openLine } from '../../gateway/test/objects/by-hand.ts'
import { startGateway } from '../kit/gateway.ts'

const field = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const FILE = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
const REST = 'hello\r\n--b--\r\n'

test('a form that has shown no signature is not waited for as long as its file might take', async () => {
  await using gateway = await startGateway()
  const ann = await (await gateway.hire()).connect()
  const { key_prefix, post } = await ann.call('config.storage', {})
  const key = `${key_prefix}0b6f2f6e-1c1d-4f5e-8a9b-0c1d2e3f4a5b`
  const signed = Object.entries({ ...post.fields, key }).map(([name, value]) => field(name, value))
  const { host, pathname } = new URL(post.url)
  const begin = async (body: string, length: number) => {
    const headers = { host, 'content-type': 'multipart/form-data; boundary=b', 'content-length': String(length) }
    const line = await openLine({ url: post.url })
    line.socket.write(headOf({ method: 'POST', path: pathname, headers }) + body)
    return line
  }
  const begun = signed.join('') + FILE
  await using judged = await begin(begun, Buffer.byteLength(begun + REST))
  // As long as four gigabytes take: three days.
  await using silent = await begin(field('key', key), 4 * 1024 ** 3)
  await using trickling = await begin(field('key', key), 4 * 1024 ** 3)
  const drops = setInterval(() => trickling.socket.write(field(`x-ignore-${performance.now()}`, '')), 500)
  try {
    await Promise.all([silent.says(/^HTTP\/1.1 408 /), trickling.says(/^HTTP\/1.1 408 /)])
  } finally {
    clearInterval(drops)
  }
  expect(judged.text()).toBe('')
  judged.socket.write(REST)
  await judged.says(/^HTTP\/1.1 204 /)
})
