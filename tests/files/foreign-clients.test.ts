import { randomBytes } from 'node:crypto'
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { allOf } from '../kit/all-of.ts'
import { type ObjectServer, startObjectServer } from '../kit/object-server.ts'
import { type S3Program, s3Programs, s3ProgramsMissing } from '../kit/s3-programs.ts'
import { type TempDirectory, tempDirectory } from '../kit/temp-directory.ts'

const SMALL = randomBytes(100_000)
/** More than three parts of 5 MiB. */
const LARGE = randomBytes(16 * 1024 ** 2)

describe.skipIf(s3ProgramsMissing !== '')(`clients of others${s3ProgramsMissing}`, () => {
  const stack = new AsyncDisposableStack()
  let directory: TempDirectory
  let server: ObjectServer
  let s3cmd: S3Program
  let rclone: S3Program
  let bucket: string
  beforeAll(async () => {
    directory = stack.use(await tempDirectory('mchat-s3-programs-'))
    server = stack.use(await startObjectServer({ clock: systemClock() }))
    const programs = await s3Programs(server, directory.path)
    s3cmd = programs.s3cmd
    rclone = programs.rclone
    bucket = programs.bucket
    await writeFile(at('small'), SMALL)
    await writeFile(at('large'), LARGE)
    await writeFile(at('document'), '<a/>\n')
  })
  afterAll(() => stack.disposeAsync())

  const at = (name: string): string => join(directory.path, name)
  const s3 = (key: string): string => `s3://${bucket}/${key}`
  const remote = (key: string): string => `store:${bucket}/${key}`
  const expectDone = async (program: S3Program, ...args: readonly string[]): Promise<Buffer> => {
    const { exitCode, stderr, stdout } = await program(...args)
    expect(exitCode, stderr).toBe(0)
    return stdout
  }
  const expectRefused = async (program: S3Program, reason: RegExp, ...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await program(...args)
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(reason)
  }
  let downloads = 0
  const got = async (key: string): Promise<Buffer> => {
    const path = at(`got-${++downloads}`)
    await expectDone(s3cmd, 'get', s3(key), path)
    return await readFile(path)
  }

  describe('s3cmd', () => {
    test.each(['mchat/employee/ann/report', '员工/报告 2026+1 (完).txt', 'a%20b&c=d', "it's~here!"])(
      'puts, gets and deletes %s',
      async (key) => {
        await expectDone(s3cmd, 'put', at('small'), s3(key))
        expect((await got(key)).equals(SMALL)).toBe(true)
        expect((await expectDone(s3cmd, 'info', s3(key))).toString()).toContain('File size: 100000')
        await expectDone(s3cmd, 'del', s3(key))
        await expectRefused(s3cmd, /does not exist/, 'get', s3(key), at('missing'))
      },
    )

    test('puts in parts', async () => {
      await expectDone(s3cmd, 'put', '--multipart-chunk-size-mb=5', at('large'), s3('large'))
      expect((await got('large')).equals(LARGE)).toBe(true)
      expect((await expectDone(s3cmd, 'multipart', s3(''))).toString()).not.toContain('large')
    })

    test('copies and moves', async () => {
      await expectDone(s3cmd, 'put', at('small'), s3('one'))
      await expectDone(s3cmd, 'cp', s3('one'), s3('two'))
      await expectDone(s3cmd, 'mv', s3('two'), s3('three'))
      expect((await got('three')).equals(SMALL)).toBe(true)
      await expectRefused(s3cmd, /does not exist/, 'get', s3('two'), at('missing'))
    })

    test('is refused with a wrong key or secret', async () => {
      await expectRefused(s3cmd, /403 \(SignatureDoesNotMatch\)/, '--secret_key=wrong', 'put', at('small'), s3('wrong'))
      await expectRefused(s3cmd, /403 \(AccessDenied\)/, '--access_key=wrong', 'put', at('small'), s3('wrong'))
      await expectRefused(s3cmd, /does not exist/, 'get', s3('wrong'), at('missing'))
    })

    test('is refused what is not implemented, and the object is what it was', async () => {
      const [KEY, BUCKET, FILE] = [s3('kept'), s3(''), at('document')]
      await expectDone(s3cmd, 'put', '--mime-type=text/plain', at('small'), KEY)
      const [about, kept] = [await expectDone(s3cmd, 'info', KEY), await allOf(server.store.list(''))]
      for (const args of [
        ['setacl', '--acl-public', KEY],
        ['modify', '--add-header=x-amz-meta-a:b', KEY],
        ['modify', '--mime-type=text/html', KEY],
        ['restore', KEY],
        ['setpolicy', FILE, BUCKET],
        ['delpolicy', BUCKET],
        ['setcors', FILE, BUCKET],
        ['setlifecycle', FILE, BUCKET],
        ['getlifecycle', BUCKET],
        ['dellifecycle', BUCKET],
        ['expire', '--expiry-days=1', BUCKET],
        ['ws-create', BUCKET],
        ['accesslog', BUCKET],
        ['payer', BUCKET],
        ['ls', BUCKET],
        ['rb', BUCKET],
      ]) {
        await expectRefused(s3cmd, /501 \(NotImplemented\)/, ...args)
        expect(await allOf(server.store.list(''))).toEqual(kept)
      }
      expect((await got('kept')).equals(SMALL)).toBe(true)
      expect((await expectDone(s3cmd, 'info', KEY)).equals(about)).toBe(true)
    })
  })

  describe('rclone', () => {
    test.each(['mchat/employee/bob/report', '员工/报告 2026+1.txt'])(
      'copies, lists, checks and deletes %s',
      async (key) => {
        await expectDone(rclone, 'copyto', at('small'), remote(key))
        expect((await expectDone(rclone, 'cat', remote(key))).equals(SMALL)).toBe(true)
        const [name = '', folder = ''] = [key.split('/').at(-1), key.split('/').slice(0, -1).join('/')]
        expect((await expectDone(rclone, 'lsf', remote(folder))).toString()).toBe(`${name}\n`)
        const local = at(`local-${name}`)
        await mkdir(local)
        await writeFile(join(local, name), SMALL)
        await expectDone(rclone, 'check', local, remote(folder))
        await writeFile(join(local, name), randomBytes(SMALL.length))
        await expectRefused(rclone, /1 differences found/, 'check', local, remote(folder))
        await expectDone(rclone, 'deletefile', remote(key))
        expect((await expectDone(rclone, 'lsf', remote(''))).toString()).not.toContain(key.split('/')[0])
      },
    )

    test('copies in parts, and what has no size beforehand', async () => {
      const parts = ['--s3-upload-cutoff', '5M', '--s3-chunk-size', '5M']
      await expectDone(rclone, 'copyto', ...parts, at('large'), remote('r/large'))
      expect((await expectDone(rclone, 'cat', remote('r/large'))).equals(LARGE)).toBe(true)
      expect(await expectDone(rclone, 'cat', '--offset', '1000', '--count', '50', remote('r/large'))).toEqual(
        LARGE.subarray(1000, 1050),
      )
    })

    test('hands out addresses that are good for what they say', async () => {
      await expectDone(rclone, 'copyto', at('small'), remote('r/链接'))
      const link = (await expectDone(rclone, 'link', '--expire', '1h', remote('r/链接'))).toString().trim()
      const answer = await fetch(link)
      expect(Buffer.from(await answer.arrayBuffer()).equals(SMALL)).toBe(true)
      expect((await fetch(link, { method: 'PUT', body: 'x' })).status).toBe(403)
      expect((await fetch(link.replace('X-Amz-Expires=3600', 'X-Amz-Expires=604800'))).status).toBe(403)
    })

    test('is refused a new time for an object, which is what it was', async () => {
      await expectDone(rclone, 'copyto', at('small'), remote('r/time'))
      const before = await expectDone(rclone, 'lsl', remote('r/time'))
      const local = at('time')
      await writeFile(local, SMALL)
      await utimes(local, new Date(0), new Date(0))
      await expectRefused(rclone, /501/, 'copyto', local, remote('r/time'))
      await expectRefused(rclone, /501/, 'touch', remote('r/time'))
      expect((await expectDone(rclone, 'cat', remote('r/time'))).equals(SMALL)).toBe(true)
      expect((await expectDone(rclone, 'lsl', remote('r/time'))).equals(before)).toBe(true)
    })

    test.each([
      ['--s3-acl', 'public-read'],
      ['--s3-server-side-encryption', 'AES256'],
      ['--s3-storage-class', 'GLACIER'],
      ['--header-upload', 'Content-Encoding: gzip'],
      ['--header-upload', 'x-amz-tagging: a=b'],
    ])('is refused to put with %s %s, and the object is what it was', async (...options) => {
      await expectDone(rclone, 'copyto', at('small'), remote('r/kept'))
      await expectRefused(rclone, /501/, 'copyto', '--ignore-times', ...options, at('large'), remote('r/kept'))
      expect((await expectDone(rclone, 'cat', remote('r/kept'))).equals(SMALL)).toBe(true)
    })

    test('is refused with a wrong key or secret', async () => {
      for (const option of ['--s3-secret-access-key', '--s3-access-key-id']) {
        await expectRefused(rclone, /403/, option, 'wrong', 'copyto', at('small'), remote('r/wrong'))
      }
      expect((await expectDone(rclone, 'lsf', remote('r'))).toString()).not.toContain('wrong')
    })
  })
})
