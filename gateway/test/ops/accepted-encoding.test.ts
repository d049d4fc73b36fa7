import { expect, test } from 'vitest'
import { acceptsEncoding } from '#src/ops/accepted-encoding.ts'

test.each<[string | undefined, readonly string[]]>([
  [undefined, []],
  ['', []],
  ['identity', []],
  ['gzip, deflate, br, zstd', ['br', 'gzip']],
  ['br;q=0, gzip', ['gzip']],
  ['br;q=0.000, gzip ; q=0.1', ['gzip']],
  ['BR, GZip;Q=0.5', ['br', 'gzip']],
  ['*', ['br', 'gzip']],
  ['*;q=0, br', ['br']],
  ['br;q=0, *', ['gzip']],
  ['br;q=much', []],
  ['brotli, x-gzip', []],
])('%j allows %j', (accepted, expected) => {
  expect(['br', 'gzip'].filter((encoding) => acceptsEncoding(accepted, encoding))).toEqual(expected)
})
