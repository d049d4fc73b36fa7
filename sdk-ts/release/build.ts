import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

// Usage: node sdk-ts/release/build.ts [folder]
// Makes the package that is published, in dist/ or the given folder: then `npm publish sdk-ts/dist`.
//
// The package has a folder and a package.json of its own. npm cannot replace `exports` when it packs, and rewriting the
// sources' package.json for the moment would pull them from under whatever in this repository is running from them.

const source = fileURLToPath(new URL('..', import.meta.url))
const root = join(source, '..')
const target = resolve(process.argv[2] ?? join(source, 'dist'))

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(source, 'tsconfig.build.json'), '--outDir', target],
  { stdio: 'inherit' },
)

const { name, version, description, license, type, engines, dependencies } = JSON.parse(
  readFileSync(join(source, 'package.json'), 'utf8'),
)
const manifest = {
  name,
  version,
  description,
  license,
  type,
  engines,
  sideEffects: false,
  exports: {
    '.': { types: './index.d.ts', default: './index.js' },
    './node': { types: './node.d.ts', default: './node.js' },
  },
  dependencies,
}
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
cpSync(join(source, 'README.md'), join(target, 'README.md'))
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
