import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { MchatProcess, mchat } from '../../gateway/test/mchat-process.ts'
import { startObjectServer } from '../kit/object-server.ts'
import { prepareDatabase } from '../kit/prepared-database.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const bytes = async function* (): AsyncGenerator<Uint8Array> {
  yield Buffer.from('hello')
}

test('doctor says whether gateways and clients can use the bucket, and leaves nothing in it', async () => {
  await using directory = await tempDirectory()
  await using objects = await startObjectServer({ clock: systemClock() })
  const examine = (env: Readonly<Record<string, string>>) =>
    mchat(['doctor'], { cwd: directory.path, env: { ...objects.environment, ...env } })
  const fine = await examine({})
  expect(fine.stderr).toMatch(/^ {2}ok Files: The bucket mchat-files takes, keeps, copies and gives files/m)
  expect(fine.code).toBe(0)
  expect(objects.store.usedBytes).toBe(0)
  const wrong = await examine({ MCHAT_S3_SECRET_ACCESS_KEY: 'another secret of the same store' })
  expect(wrong.stderr).toMatch(/^FAIL Files: /m)
  expect(wrong.code).toBe(1)
  const foreign = await examine({ MCHAT_S3_PUBLIC_ENDPOINT: 'http://127.0.0.1:9' })
  expect(foreign.stderr).toMatch(/^FAIL Files: What is signed for clients is answered 0 at http:\/\/127\.0\.0\.1:9/m)
  const missing = await examine({ MCHAT_S3_BUCKET: 'nowhere' })
  expect(missing.stderr).toMatch(/^FAIL Files: The gateway cannot use the bucket nowhere: there is no such bucket\.$/m)
  await objects.leave()
  const away = await examine({})
  expect(away.stderr).toMatch(/^FAIL Files: The gateway cannot use the bucket mchat-files: /m)
})

test('a gateway starts without its bucket, and says that it is not there', async () => {
  await using directory = await tempDirectory()
  await using objects = await startObjectServer({ clock: systemClock() })
  const env = { ...objects.environment, MCHAT_S3_BUCKET: 'nowhere', MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0' }
  await using gateway = new MchatProcess(['start'], { cwd: directory.path, env })
  await Promise.all([gateway.says('is ready'), gateway.logs('the bucket for files cannot be used')])
  expect(gateway.stdout).toContain('there is no such bucket')
})

test('objects gc removes what was never completed, beside gateways where files are on S3', async () => {
  await using directory = await tempDirectory()
  await using objects = await startObjectServer({ clock: systemClock() })
  const env = { ...objects.environment, MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0' }
  const run = (...args: string[]) => mchat(['objects', 'gc', ...args], { cwd: directory.path, env })
  const nowhere = await run()
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('There is no MChat in')])
  await prepareDatabase(join(directory.path, 'data'))
  {
    await using gateway = new MchatProcess(['start'], { cwd: directory.path, env })
    await gateway.says('is ready')
    gateway.kill('SIGTERM')
    expect((await gateway.finished).code).toBe(0)
  }
  const traits = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'ann' }
  await objects.store.put('mchat/incoming/employee/ann/1', traits, bytes())
  await objects.store.put('mchat/employee/ann/1', traits, bytes())
  await objects.store.beginUpload('mchat/employee/ann/2', traits)
  const young = await run()
  expect([young.code, young.stderr]).toEqual([0, '0 files and 0 uploads in parts removed.\n'])
  const all = await run('--hours', '0')
  expect([all.code, all.stderr]).toEqual([0, '1 file and 1 upload in parts removed.\n'])
  expect(await objects.store.head('mchat/employee/ann/1')).toBeDefined()
  const odd = await run('--hours', 'many')
  expect([odd.code, odd.stderr]).toEqual([1, expect.stringContaining('--hours must be a whole number')])
})
