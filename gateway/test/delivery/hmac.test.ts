import { createHmac, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createTextHmac } from '#src/delivery/hmac.ts'
import { createRandom } from '../random.ts'

const expected = (key: Uint8Array, text: string, encoding: 'hex' | 'base64url'): string =>
  createHmac('sha256', key).update(text).digest(encoding)

test('equals the HMAC of Node for every length of key that is allowed', () => {
  for (let length = 0; length <= 64; length++) {
    const key = randomBytes(length)
    const mac = createTextHmac(key)
    for (const encoding of ['hex', 'base64url'] as const) {
      expect(mac(`text ${length}`, encoding)).toBe(expected(key, `text ${length}`, encoding))
    }
  }
})

test('equals it for texts of every kind and length, one after the other with the same function', () => {
  const random = createRandom(2)
  const key = randomBytes(32)
  const mac = createTextHmac(key)
  const parts = ['a', 'é', '中文', '😀', '\u0000', '\ud800', '\udc00x', '|'] as const
  for (let round = 0; round < 2000; round++) {
    let text = ''
    for (let i = random.below(40); i > 0; i--) text += random.pick(parts).repeat(random.below(60))
    expect(mac(text, 'hex')).toBe(expected(key, text, 'hex'))
  }
})

test('a long text leaves nothing behind for the short one after it', () => {
  const key = randomBytes(32)
  const mac = createTextHmac(key)
  const long = '中'.repeat(100_000)
  expect(mac(long, 'hex')).toBe(expected(key, long, 'hex'))
  expect(mac('', 'hex')).toBe(expected(key, '', 'hex'))
  expect(mac('x', 'base64url')).toBe(expected(key, 'x', 'base64url'))
})

test('the vectors of RFC 4231', () => {
  const mac = createTextHmac(Buffer.alloc(20, 0x0b))
  expect(mac('Hi There', 'hex')).toBe('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7')
  expect(createTextHmac(Buffer.from('Jefe'))('what do ya want for nothing?', 'hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('a key that would have to be hashed first is refused', () => {
  expect(() => createTextHmac(Buffer.alloc(65))).toThrow(RangeError)
})
