import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = normalize(join(import.meta.dirname, '../..'))
const SOURCE = 'gateway/src'

/**
 * Which way imports go inside the gateway: a folder may import itself and what stands in a line above it. Within one
 * line folders may know each other, since they are the parts a gateway stands on.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['platform', 'config', 'config.ts'],
  ['ops', 'db', 'broker', 'access', 'link', 'limits', 'objects'],
  ['delivery', 'policies', 'changes', 'audit', 'second-factor', 'keyring', 'agents', 'files'],
  ['stats'],
  ['router'],
  ['handlers'],
  ['maintenance.ts', 'first-admin.ts'],
  ['compose'],
  ['compose.ts'],
  ['cli'],
  ['main.ts'],
]

/** What may be used in one place only, why, and what to use instead. */
const CONFINED: readonly { pattern: RegExp; only: readonly string[]; reason: string }[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    only: ['platform/'],
    reason: 'time comes from the clock (platform/clock.ts)',
  },
  { pattern: /\bperformance\.now\(/, only: ['platform/'], reason: 'time comes from the clock (platform/clock.ts)' },
  { pattern: /\bMath\.random\(/, only: [], reason: 'randomness comes from platform/random.ts' },
  {
    pattern: /\brandomUUID\b|\brandomBytes\b/,
    only: ['platform/', 'broker/journal/'],
    reason: 'ids and tokens come from platform/random.ts',
  },
  { pattern: /from 'kysely'/, only: ['db/'], reason: 'SQL lives in db/repositories' },
  { pattern: /from 'aedes'/, only: ['broker/'], reason: 'only the embedded broker knows aedes' },
  { pattern: /from 'mqtt'/, only: ['link/', 'cli/'], reason: 'only a link speaks MQTT to a broker' },
  { pattern: /\bprocess\.env\b/, only: ['main.ts', 'cli/', 'config/'], reason: 'settings are in Config' },
]

const files = globSync(`${SOURCE}/**/*.ts`, { cwd: ROOT })
const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

interface Import {
  readonly path: string
  /** Types alone are erased, so they load nothing. */
  readonly typesOnly: boolean
}

const importsOf = (file: string): Import[] => {
  const found: Import[] = []
  for (const [, typeKeyword, names = '', specifier = ''] of source(file).matchAll(IMPORT)) {
    const path = specifier.startsWith('#src/')
      ? join(SOURCE, specifier.slice(5))
      : normalize(join(dirname(file), specifier))
    if (!path.startsWith(`${SOURCE}/`) || /^[^.#]/.test(specifier)) continue
    const listed = names
      .replaceAll(/[{}\s]+/g, ' ')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    const typesOnly =
      typeKeyword !== undefined || (listed.length > 0 && listed.every((name) => name.startsWith('type ')))
    found.push({ path, typesOnly })
  }
  return found
}
const IMPORT = /^(?:import|export)\s+(type\s+)?([^'"]*?)\s*from '([^']+)'/gm

const layerOf = (file: string): number => {
  const [first = ''] = file.slice(SOURCE.length + 1).split('/')
  return LAYERS.findIndex((layer) => layer.includes(first))
}

describe('the folders of the gateway', () => {
  it('all have a place in the order of layers', () => {
    expect(files.filter((file) => layerOf(file) === -1)).toEqual([])
  })

  it('import in one direction only', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(({ path }) => layerOf(path) > layerOf(file))
        .map(({ path }) => `${file} imports ${path}`),
    )
    expect(wrong).toEqual([])
  })

  it('keep the handlers of different nouns apart', () => {
    const nounOf = (file: string): string | undefined => /handlers\/([^/]+)\//.exec(file)?.[1]
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(({ path }) => nounOf(file) !== undefined && nounOf(path) !== undefined && nounOf(path) !== nounOf(file))
        .map(({ path }) => `${file} imports ${path}`),
    )
    expect(wrong).toEqual([])
  })

  it('have no import cycle between files', () => {
    const state = new Map<string, 'open' | 'done'>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
        return
      }
      state.set(file, 'open')
      for (const { path: imported, typesOnly } of importsOf(file)) if (!typesOnly) visit(imported, [...path, file])
      state.set(file, 'done')
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })

  it('use what is confined to one place only there', () => {
    const wrong = files.flatMap((file) => {
      const inside = file.slice(SOURCE.length + 1)
      return CONFINED.filter(({ only }) => !only.some((place) => inside.startsWith(place)))
        .filter(({ pattern }) =>
          pattern.test(withoutComments(source(file)).replaceAll(/import type [^;\n]*from '[^']+'/g, '')),
        )
        .map(({ reason }) => `${file}: ${reason}`)
    })
    expect(wrong).toEqual([])
  })

  it('have names that tell what is inside', () => {
    const vague = /(^|\/)(utils?|helpers?|common|manager|misc|stuff)(\.[a-z]+)?(\/|$)/
    const everything = globSync('{schema,gateway,sdk-ts,tests}/**/*.ts', {
      cwd: ROOT,
      exclude: (name) => name === 'node_modules',
    })
    expect(everything.filter((file) => vague.test(file))).toEqual([])
  })
})

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
