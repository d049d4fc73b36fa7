import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileFromPath } from '../src/node.ts'
import { bytes, failure, KIB, MIB, startFiles } from './kit/files.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mchat-files-'))
})
afterAll(() => rm(folder, { recursive: true }))

const written = async (name: string, content: Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

describe('a file of the disk', () => {
  it('is uploaded under its name, in one piece or in parts', async () => {
    await using world = await startFiles()
    for (const size of [0, 100 * KIB, MIB + 1]) {
      const content = bytes(size)
      const path = await written(`${size}.bin`, content)
      const { key, name } = await world.alice.files.upload(await fileFromPath(path), { sha256: size > MIB })
      expect(name).toBe(`${size}.bin`)
      expect(world.store.objects.get(key)?.equals(content)).toBe(true)
    }
  })

  it('has the name and the type that it is given', async () => {
    await using world = await startFiles()
    const source = await fileFromPath(await written('x.tmp', bytes(1)), { name: 'cat.png', type: 'image/png' })
    expect(await world.alice.files.upload(source)).toMatchObject({ name: 'cat.png', contentType: 'image/png' })
  })

  it('may be larger than 4 GiB', async () => {
    const path = await written('huge', new Uint8Array(0))
    const end = 5 * 1024 * MIB
    await truncate(path, end - 3)
    const file = await open(path, 'a')
    await file.write('END')
    await file.close()
    const source = await fileFromPath(path)
    expect(source.size).toBe(end)
    const slice = source.slice(end - 5, end)
    expect(slice.size).toBe(5)
    expect(new TextDecoder().decode(await slice.arrayBuffer())).toBe('\0\0END')
    expect(new TextDecoder().decode(await slice.slice(3, 100).arrayBuffer())).toBe('ND')
  })

  it('is not sent when it is another by then', async () => {
    await using world = await startFiles()
    const path = await written('changing', bytes(10))
    const source = await fileFromPath(path)
    await writeFile(path, bytes(11))
    expect(await failure(world.alice.files.upload(source))).toMatchObject({
      message: expect.stringMatching(/was changed/),
    })
    expect(world.store.objects.size).toBe(0)
  })

  it('must be a file', async () => {
    expect(await failure(fileFromPath(folder))).toBeInstanceOf(TypeError)
    expect(await failure(fileFromPath(join(folder, 'none')))).toMatchObject({ code: 'ENOENT' })
  })
})
