import { expect, test } from 'vitest'
import { mchat } from '../../gateway/test/mchat-process.ts'
import { freePort } from '../kit/free-port.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const PORTS = { MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0' }

test.each<[string, Record<string, string>, RegExp]>([
  ['open to the network without TLS', { MCHAT_HOST: '0.0.0.0' }, /unencrypted/],
  ['with a secret that repeats itself', { MCHAT_SECRET: Buffer.alloc(32, 7).toString('base64') }, /MCHAT_SECRET/],
  [
    'on a broker without a password for it',
    { MCHAT_BROKER_KIND: 'mosquitto', MCHAT_BROKER_URL: 'mqtt://127.0.0.1:1' },
    /MCHAT_/,
  ],
])('T73: does not start %s, and says why in a sentence', async (_how, env, reason) => {
  await using directory = await tempDirectory()
  const { code, stderr } = await mchat(['start'], { cwd: directory.path, env: { ...PORTS, ...env } })
  expect(code).toBe(1)
  expect(stderr).toMatch(reason)
  expect(stderr).not.toMatch(/\n\s+at /)
})

test('T73: does not start without its database', async () => {
  await using directory = await tempDirectory()
  const env = { ...PORTS, MCHAT_DATABASE_URL: `postgres://mchat@127.0.0.1:${await freePort()}/mchat` }
  const { code, stderr } = await mchat(['start'], { cwd: directory.path, env })
  expect(code).toBe(1)
  expect(stderr).toMatch(/database|PostgreSQL/i)
  expect(stderr).not.toMatch(/\n\s+at /)
})
