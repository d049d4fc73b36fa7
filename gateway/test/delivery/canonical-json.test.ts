import { expect, test } from 'vitest'
import { canonicalJson } from '#src/delivery/canonical-json.ts'

const canonical = (text: string): string => canonicalJson(JSON.parse(text))

test('the example of RFC 8785, 3.2.2', () => {
  const text = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`
  expect(canonical(text)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  )
})

test('members are sorted by UTF-16 code units (RFC 8785, 3.2.3)', () => {
  const text = String.raw`{
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
  }`
  const values = [...canonical(text).matchAll(/:"([^"]*)"/g)].map((match) => match[1])
  expect(values).toEqual([
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ])
})

test('numbers of RFC 8785, appendix B', () => {
  const bits = (hex: string): number => Buffer.from(hex, 'hex').readDoubleBE()
  const samples: readonly (readonly [string, string])[] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ]
  for (const [hex, text] of samples) expect(canonicalJson(bits(hex))).toBe(text)
})

test('the order of members and the spaces of the sender do not matter, everything else does', () => {
  const one = canonical('{"b": {"y": 1, "x": [1, 2]}, "a": "t"}')
  expect(one).toBe('{"a":"t","b":{"x":[1,2],"y":1}}')
  expect(canonical('{"a":"t","b":{"x":[1,2],"y":1}}')).toBe(one)
  expect(canonical('{"a":"t","b":{"x":[2,1],"y":1}}')).not.toBe(one)
  expect(canonical('{"a":"t","b":{"x":[1,2],"y":"1"}}')).not.toBe(one)
})

test('empty objects, arrays and texts', () => {
  expect(canonical('{"c":{},"b":[],"a":""}')).toBe('{"a":"","b":[],"c":{}}')
  expect(canonical('"\\u2028"')).toBe('"\u2028"')
})
