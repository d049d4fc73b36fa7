import { type Content, LIMITS, MChatError } from '@mchat/schema'
import { expect, test } from 'vitest'
import { checkContent } from '#src/delivery/content.ts'

/** The field and rule that refused a content; undefined when it passed. */
const refusal = (content: Content, json = JSON.stringify(content)): string | undefined => {
  try {
    checkContent(content, json)
    return undefined
  } catch (error) {
    if (!(error instanceof MChatError)) throw error
    return `${error.key} ${error.fields?.[0]?.field}`
  }
}

test('the types the contract knows are checked', () => {
  const good: readonly Content[] = [
    'text',
    { type: 'text', body: { text: 'x' } },
    { type: 'markdown', body: { text: '# x' } },
    { type: 'image', body: { url: 'https://example.org/a.png' } },
    { type: 'image', body: { key: 'a/b', width: 1, height: 0, size: 10 } },
    { type: 'file', body: { key: 'a/b', name: 'a.txt', size: 0, mime: 'text/plain' } },
    { type: 'text', body: { text: 'x', more: true } },
  ]
  for (const content of good) expect(refusal(content)).toBeUndefined()
  const bad: readonly (readonly [Content, string])[] = [
    [{ type: 'text', body: 'x' }, 'content.body'],
    [{ type: 'text', body: null }, 'content.body'],
    [{ type: 'text', body: {} }, 'content.body'],
    [{ type: 'text', body: { text: '' } }, 'content.body.text'],
    [{ type: 'text', body: { text: 1 } }, 'content.body.text'],
    [{ type: 'image', body: {} }, 'content.body'],
    [{ type: 'image', body: { url: 'x'.repeat(4097) } }, 'content.body.url'],
    [{ type: 'image', body: { key: 'k', width: -1 } }, 'content.body.width'],
    [{ type: 'image', body: { key: 'k', width: 1.5 } }, 'content.body.width'],
    [{ type: 'file', body: { key: 'k', name: 'n' } }, 'content.body'],
    [{ type: 'file', body: { key: 'k', name: 'n'.repeat(256), size: 1 } }, 'content.body.name'],
    [{ type: 'file', body: { name: 'n', size: 1 } }, 'content.body'],
  ]
  for (const [content, field] of bad) expect(refusal(content), JSON.stringify(content)).toBe(`invalid_fields ${field}`)
})

test('a type the contract does not know passes with whatever body, names of object members included', () => {
  for (const type of ['card', 'poll', 'TEXT', 'toString', 'hasOwnProperty', 'valueOf']) {
    expect(refusal({ type, body: [1, { a: null }] })).toBeUndefined()
  }
})

test('the size counts in bytes of the JSON that was sent, to the byte', () => {
  for (const letter of ['x', 'é', '中', '😀']) {
    const room = LIMITS.contentBytes - 2
    const fits = letter.repeat(Math.floor(room / Buffer.byteLength(letter)))
    const filled = fits + 'x'.repeat(room - Buffer.byteLength(fits))
    expect(refusal(filled)).toBeUndefined()
    expect(refusal(`${filled}x`)).toBe('too_large content')
  }
  expect(refusal('x', `"x"${' '.repeat(LIMITS.contentBytes)}`)).toBe('too_large content')
})

test('too large comes before everything else', () => {
  expect(refusal({ type: 'text', body: 'x'.repeat(LIMITS.contentBytes) })).toBe('too_large content')
})
