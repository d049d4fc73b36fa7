import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly link?: boolean
}

const read = async (name: string): Promise<string> => await readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
const lockfile = async (): Promise<[string, Locked][]> => {
  const { packages } = JSON.parse(await read('package-lock.json')) as { packages: Record<string, Locked> }
  return Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
}

/** A new one is looked at by whoever raises this. */
const PRODUCTION_DEPENDENCIES = 175

test('T75: every package comes from the npm registry, and is the one that was looked at', async () => {
  const packages = await lockfile()
  expect(packages.length).toBeGreaterThan(100)
  for (const [path, { integrity, resolved }] of packages) {
    // Without an address it is the registry's.
    expect(resolved ?? 'https://registry.npmjs.org/', path).toMatch(/^https:\/\/registry\.npmjs\.org\//)
    expect(integrity, path).toMatch(/^sha512-/)
  }
})

test('T75: no package runs anything when it is installed, but those that are listed', async () => {
  const { allowScripts } = JSON.parse(await read('package.json')) as { allowScripts: Record<string, boolean> }
  const scripts = (await lockfile()).filter(([, { hasInstallScript }]) => hasInstallScript === true)
  const names = scripts.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13))
  expect(names).toEqual(expect.arrayContaining(Object.keys(allowScripts)))
  expect(names.filter((name) => allowScripts[name] !== true)).toEqual([])
})

test('T75: what runs in production is exact, and little', async () => {
  for (const name of ['package.json', 'gateway/package.json', 'schema/package.json', 'sdk-ts/package.json']) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(await read(name)) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string> | undefined
    >
    for (const [dependency, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, `${name} ${dependency}`).toMatch(/^(\d+\.\d+\.\d+(-[\w.]+)?|\*)$/)
    }
  }
  const production = (await lockfile()).filter(([, { dev }]) => dev !== true)
  expect(production.length).toBeLessThanOrEqual(PRODUCTION_DEPENDENCIES)
})
