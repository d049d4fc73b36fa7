import { describe, expect, it } from 'vitest'
import { matching, mentionsIn, mentionTyped, withMention } from '../src/pages/playground/mention.ts'

describe('mentioning somebody', () => {
  it.each([
    ['@', { from: 0, query: '' }],
    ['hello @be', { from: 6, query: 'be' }],
    ['你好@本', { from: 2, query: '本' }],
    ['(@be', { from: 1, query: 'be' }],
    ['ann@example', undefined],
    ['@be now', undefined],
    ['hello', undefined],
  ])('%j', (text, typed) => {
    expect(mentionTyped(text, text.length)).toEqual(typed)
  })

  it('looks before the caret alone, and goes on after it', () => {
    const typed = mentionTyped('a @b c', 4)
    expect(typed).toEqual({ from: 2, query: 'b' })
    if (typed !== undefined) expect(withMention('a @b c', 4, typed, 'Ben')).toEqual({ text: 'a @Ben  c', caret: 7 })
  })

  it('offers whose name has it or whose id begins with it', () => {
    const people = [
      { id: 'emp_1', name: 'Ben' },
      { id: 'emp_2', name: 'Ruben' },
      { id: 'ben', name: 'Olga' },
      { id: 'x', name: 'Ann' },
    ]
    expect(matching(people, 'BEN').map(({ name }) => name)).toEqual(['Ben', 'Ruben', 'Olga'])
  })

  it('mentions those who are still there when it is sent, each once', () => {
    const [ben, ann] = [
      { id: 'emp_1', name: 'Ben' },
      { id: 'emp_2', name: 'Ann' },
    ]
    expect(mentionsIn('hello @Ben', [ben, ann, ben])).toEqual(['emp_1'])
  })
})
