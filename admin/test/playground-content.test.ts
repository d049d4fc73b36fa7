import { describe, expect, it } from 'vitest'
import { quickest } from '../../tests/kit/quickest.ts'
import { httpsUrl, piecesOf, readContent, withText } from '../src/pages/playground/content.ts'

describe('a content of the playground', () => {
  it.each([
    ['hello', { kind: 'text', text: 'hello' }],
    [
      { type: 'markdown', body: { text: '# hi' } },
      { kind: 'text', text: '# hi' },
    ],
    [
      { type: 'text', body: null },
      { kind: 'text', text: '' },
    ],
    [
      { type: 'text', body: { text: 7 } },
      { kind: 'text', text: '' },
    ],
    [
      { type: 'image', body: { key: 'k', width: 200, height: 100 } },
      { kind: 'image', key: 'k', ratio: 2 },
    ],
    [{ type: 'image', body: { url: 'javascript:alert(1)', width: -1, height: 0 } }, { kind: 'image' }],
    [
      { type: 'file', body: { key: 'k', name: 'a.txt', size: 3 } },
      { kind: 'file', key: 'k', name: 'a.txt', size: 3 },
    ],
    [{ type: 'card', body: {} }, { kind: 'card' }],
    [
      { type: 'poll', body: [] },
      { kind: 'unknown', type: 'poll' },
    ],
  ])('%j is shown as %j', (content, shown) => {
    expect(readContent(content)).toEqual(shown)
  })

  it('keeps its kind when its text is changed', () => {
    expect(withText('a', 'b')).toBe('b')
    expect(withText({ type: 'markdown', body: { text: 'a' } }, 'b')).toEqual({ type: 'markdown', body: { text: 'b' } })
  })

  it('leads to https alone, and to nowhere with a password', () => {
    expect(httpsUrl('https://example.com')).toBe('https://example.com/')
    for (const url of ['http://a.b', 'javascript:alert(1)', 'data:text/html,x', 'https://a:b@c.d', 'x', undefined]) {
      expect(httpsUrl(url)).toBeUndefined()
    }
  })

  it('finds addresses in a text, without what ends the sentence', () => {
    expect(piecesOf('见 https://a.example/x?y=1。and (https://b.example), http://c.example')).toEqual([
      { text: '见 ' },
      { text: 'https://a.example/x?y=1', href: 'https://a.example/x?y=1' },
      { text: '。and (' },
      { text: 'https://b.example', href: 'https://b.example/' },
      { text: '), http://c.example' },
    ])
    expect(piecesOf('')).toEqual([])
  })

  it('reads a long text of hostile addresses quickly', async () => {
    const worst = [`https://${')'.repeat(30_000)}`, 'https://'.repeat(4000)]
    for (const text of worst) expect(await quickest(() => piecesOf(text))).toBeLessThan(1000)
  })
})
