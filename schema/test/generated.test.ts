import { spawnSync } from 'node:child_process'
import { appendFile, mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bringUpToDate, differences } from '../generate/disk.ts'
import { products } from '../generate/products.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const generate = (...args: string[]) =>
  spawnSync(process.execPath, [join(repository, 'schema/generate/main.ts'), ...args], { encoding: 'utf8' })

describe('the committed files', () => {
  it('are what is generated now', () => {
    const { status, stderr } = generate('--check')
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('are the same each time', () => {
    expect([...products()]).toEqual([...products()])
  })

  it('end with one newline and have no other line ends', () => {
    const odd = [...products()].filter(([, text]) => text.includes('\r') || !/[^\n]\n$/.test(text))
    expect(odd.map(([path]) => path)).toEqual([])
  })

  it('say what a shared type is, and not that it is itself', () => {
    const page = products().get('docs/reference/actions.md') ?? ''
    expect(page).toContain('### RunState\n\n`"queued"` or `"running"`')
    expect(page).toContain('### RunFailure\n\n| Value | Meaning |')
    expect([...page.matchAll(/^### (\w+)\n(?:\n[^#\n|].*)*\n\[\1\]\(/gm)].map(([, name]) => name)).toEqual([])
  })

  it('link to headings that exist', () => {
    const pages = new Map([...products()].filter(([path]) => path.endsWith('.md')))
    const headings = (page: string): string[] =>
      [...(pages.get(`docs/reference/${page}`) ?? '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        (heading ?? '')
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      )
    for (const [path, text] of pages) {
      const own = path.slice('docs/reference/'.length)
      const links = [...text.matchAll(/\]\(([a-z]*\.md)?(?:#([\w-]+))?\)/g)]
      const broken = links.filter(
        ([, page = own, anchor]) =>
          !pages.has(`docs/reference/${page}`) || (anchor !== undefined && !headings(page).includes(anchor)),
      )
      expect(links.length).toBeGreaterThan(0)
      expect(broken.map(([link]) => link)).toEqual([])
    }
  })
})

describe('--check', () => {
  it('names every file that differs, is missing or is left over, and fails', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'mchat-generate-'))
    const root = folder.path
    expect(generate('--root', root).status).toBe(0)
    expect(generate('--check', '--root', root).status).toBe(0)

    await appendFile(join(root, 'schema/generated/asyncapi.json'), '\n')
    await rm(join(root, 'docs/reference/errors.md'))
    await writeFile(join(root, 'schema/generated/json-schema/actions/group.gone.request.json'), '{}\n')
    await writeFile(join(root, 'docs/reference/written-by-hand.md'), '# By hand\n')
    const { status, stderr } = generate('--check', '--root', root)
    expect(status).toBe(1)
    expect(stderr.split('\n').slice(0, -2)).toEqual([
      'schema/generated/asyncapi.json: differs',
      'docs/reference/errors.md: missing',
      'schema/generated/json-schema/actions/group.gone.request.json: left over',
    ])
  })

  it('writes nothing', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'mchat-generate-'))
    expect(generate('--check', '--root', folder.path).status).toBe(1)
    expect(await differences(folder.path, products())).toHaveLength(products().size)
  })
})

it('generating puts everything right again and leaves pages written by hand alone', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'mchat-generate-'))
  const root = folder.path
  await bringUpToDate(root, products())
  const page = join(root, 'docs/reference/actions.md')
  const text = await readFile(page, 'utf8')
  await writeFile(join(root, 'docs/reference/gone.md'), text)
  await writeFile(join(root, 'docs/reference/written-by-hand.md'), '# By hand\n')
  await writeFile(page, 'changed')
  expect((await bringUpToDate(root, products())).map(({ problem }) => problem)).toEqual(['differs', 'left over'])
  expect(await readFile(page, 'utf8')).toBe(text)
  expect(await differences(root, products())).toEqual([])
  expect(await readFile(join(root, 'docs/reference/written-by-hand.md'), 'utf8')).toBe('# By hand\n')
})
