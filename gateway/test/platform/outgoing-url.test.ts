import { expect, test } from 'vitest'
import { createAddressGuard } from '../../src/platform/address-guard.ts'
import { refuseUrl } from '../../src/platform/outgoing-url.ts'

const strict = { guard: createAddressGuard([]), httpsOnly: true }
const check = (url: string) => refuseUrl(url, strict)

test.each([
  'https://agent.example.org',
  'https://agent.example.org/webhook?key=1',
  'https://agent.example.org:8443/',
  'https://agent.example.org:443/a@b',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  'https://bücher.example/',
  'https://localhost.example.org/',
  'https://notlocalhost/',
])('%s can be called', (url) => expect(check(url)).toBeUndefined())

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[::127.0.0.1]',
  '[::]',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '[fc00::1]',
  '[fe80::1]',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'localhost..',
  'x.localhost',
  'ⓛocalhost',
])('T40: https://%s/ is never called', (host) => expect(check(`https://${host}/`)).toMatch(/^must not lead to /))

test.each([
  ['', 'must be a URL'],
  ['agent.example.org', 'must be a URL'],
  ['/webhook', 'must be a URL'],
  ['https://', 'must be a URL'],
  ['https://[fe80::1%25lo]/', 'must be a URL'],
  ['https://256.0.0.1/', 'must be a URL'],
  ['https://agent.example.org:65536/', 'must be a URL'],
  ['http://agent.example.org/', 'must use https'],
  ['ftp://agent.example.org/', 'must use https'],
  ['file:///etc/passwd', 'must be a URL'],
  ['gopher://agent.example.org:70/', 'must use https'],
  ['javascript:alert(1)', 'must be a URL'],
  ['https://user@agent.example.org/', 'must not contain a user name'],
  ['https://user:secret@agent.example.org/', 'must not contain a user name'],
  ['https://@agent.example.org/', 'must not contain a user name'],
  ['https:user@agent.example.org/', 'must not contain a user name'],
  ['https://agent.example.org/#part', 'must not contain a fragment'],
  ['https://agent.example.org/#', 'must not contain a fragment'],
  [' https://agent.example.org/', 'must not contain spaces'],
  ['https://agent.example.org/\r\nx: y', 'must not contain spaces'],
  ['https://127.0.0.1\\@agent.example.org/', 'must not contain spaces'],
  ['https://agent.example.org:22/', 'must not use port 22'],
  ['https://agent.example.org:25/', 'must not use port 25'],
  ['https://agent.example.org:1883/', 'must not use port 1883'],
  ['https://agent.example.org:8883/', 'must not use port 8883'],
  ['https://agent.example.org:5432/', 'must not use port 5432'],
  ['https://agent.example.org:0/', 'must not use port 0'],
])('T40: %j is never called', (url, reason) => {
  expect(check(url)).toContain(reason)
  expect(check(url)).not.toContain('secret')
})

test('what could be admitted is refused with how to', () => {
  const rules = { ...strict, remedy: 'ask the administrator' }
  expect(refuseUrl('https://10.1.2.3/', rules)).toMatch(
    /^must not lead to 10\.1\.2\.3, which .*; ask the administrator$/,
  )
  expect(refuseUrl('https://agent.example.org:22/', rules)).toMatch(/; ask the administrator$/)
  expect(refuseUrl('ftp://agent.example.org/', rules)).toBe('must use https')
})

test('http will do where https is not asked for, and nothing else', () => {
  const lax = { ...strict, httpsOnly: false }
  expect(refuseUrl('http://agent.example.org/', lax)).toBeUndefined()
  expect(refuseUrl('ftp://agent.example.org/', lax)).toBe('must use https or http')
  expect(refuseUrl('http://127.0.0.1/', lax)).toBe('must not lead to 127.0.0.1, which is a loopback address')
})

test('what the operator admits may be called, at that port, and over https still', () => {
  const guard = createAddressGuard(['localhost:5432', '127.0.0.1:9400', '[::1]:9400', '10.1.0.0/16'])
  const admitting = { guard, httpsOnly: true }
  for (const url of [
    'https://localhost:5432/',
    'https://127.0.0.1:9400/',
    'https://127.1:9400/',
    'https://[::1]:9400/',
  ]) {
    expect(refuseUrl(url, admitting), url).toBeUndefined()
  }
  expect(refuseUrl('https://10.1.2.3/', admitting)).toBeUndefined()
  for (const url of ['https://localhost/', 'https://127.0.0.1/', 'https://[::1]/', 'https://10.1.2.3:5432/']) {
    expect(refuseUrl(url, admitting), url).toBeDefined()
  }
  // What stays on this machine need not be encrypted.
  expect(refuseUrl('http://127.0.0.1:9400/', admitting)).toBeUndefined()
  expect(refuseUrl('http://10.1.2.3/', admitting)).toBe('must use https')
  expect(refuseUrl('https://user@localhost:5432/', admitting)).toBeDefined()
})
