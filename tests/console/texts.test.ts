import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

const SOURCES = join(import.meta.dirname, '../../admin/src')
const LANGUAGE = 'language/language.ts'

type Table = Readonly<Record<string, string>>
interface Texts {
  readonly file: string
  readonly namespace: string
  readonly languages: { readonly en: Table; readonly 'zh-CN': Table }
}

const CALL = /defineTexts\('([\w-]+)', (\{(?:.*|[\s\S]*?\n)\})\)/g

/** A table is made of literals, and read as one: the modules themselves need a browser. */
const textsIn = (file: string, source: string): readonly Texts[] =>
  [...source.matchAll(CALL)].map(([, namespace = '', tables = '']) => {
    const languages: Texts['languages'] = new Function(
      `return ${tables.replaceAll(/\} satisfies [^\n]*,\n/g, '},\n')}`,
    )()
    return { file, namespace, languages }
  })

const all: Texts[] = []
let calls = 0
beforeAll(async () => {
  for await (const file of glob('**/*.{ts,tsx}', { cwd: SOURCES })) {
    const source = await readFile(join(SOURCES, file), 'utf8')
    all.push(...textsIn(file, source))
    if (file !== LANGUAGE) calls += source.split('defineTexts(').length - 1
  }
})

const placeholders = (text: string | undefined): readonly string[] =>
  [...new Set([...(text ?? '').matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name))].toSorted()

test('every text of the console is read here, and no two parts share a namespace', () => {
  expect(all.length).toBe(calls)
  expect(all.length).toBeGreaterThan(20)
  const names = all.map(({ namespace }) => namespace)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

test('English and Chinese have the same texts, with the same values filled in', () => {
  const differences = all.flatMap(({ file, languages: { en, 'zh-CN': zh } }) => {
    const keys = new Set([...Object.keys(en).filter((key) => !key.endsWith('_one')), ...Object.keys(zh)])
    return [...keys].flatMap((key) => {
      const [english, chinese] = [en[key], zh[key]]
      if (english === undefined || chinese === undefined) return [`${file}: ${key} is in one language only`]
      if (english.trim() === '' || chinese.trim() === '') return [`${file}: ${key} is empty`]
      const [inEnglish, inChinese] = [placeholders(english).join(), placeholders(chinese).join()]
      return inEnglish === inChinese ? [] : [`${file}: ${key} fills in ${inEnglish} and ${inChinese}`]
    })
  })
  expect(differences).toEqual([])
})

test('what is said of one thing fills in no more than what is said of many', () => {
  const differences = all.flatMap(({ file, languages: { en } }) =>
    Object.keys(en)
      .filter((key) => key.endsWith('_one'))
      .filter((key) => {
        const ofMany = placeholders(en[key.replace(/_one$/, '_other')])
        return placeholders(en[key]).some((name) => !ofMany.includes(name))
      })
      .map((key) => `${file}: ${key}`),
  )
  expect(differences).toEqual([])
})
