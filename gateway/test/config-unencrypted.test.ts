import { describe, expect, test } from 'vitest'
import { isLoopback } from '../src/config/hosts.ts'
import { ConfigError, configWarnings, loadConfig } from '../src/config.ts'

const load = (env: Record<string, string>) => loadConfig(env, { cwd: import.meta.dirname })
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    load(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const MOSQUITTO = {
  MCHAT_BROKER_KIND: 'mosquitto',
  MCHAT_BROKER_URL: 'mqtt://127.0.0.1:1883',
  MCHAT_BROKER_PASSWORD: 'x',
}
const EMQX = {
  ...MOSQUITTO,
  MCHAT_BROKER_KIND: 'emqx',
  MCHAT_BROKER_API_URL: 'http://127.0.0.1:18083',
  MCHAT_BROKER_API_KEY: 'key',
  MCHAT_BROKER_API_SECRET: 'secret',
  MCHAT_BROKER_HOOK_KEY: 'k'.repeat(32),
}
const AWS_IOT = {
  ...MOSQUITTO,
  MCHAT_BROKER_KIND: 'aws-iot',
  MCHAT_BROKER_URL: 'mqtts://a1b2c3-ats.iot.eu-central-1.amazonaws.com:8883',
  MCHAT_BROKER_API_URL: 'https://a1b2c3-ats.iot.eu-central-1.amazonaws.com',
  MCHAT_BROKER_HOOK_KEY: 'k'.repeat(32),
  MCHAT_BROKER_REGION: 'eu-central-1',
  MCHAT_GROUP_DELIVERY: 'inbox',
}
const S3 = { MCHAT_S3_BUCKET: 'files', MCHAT_S3_PATH_STYLE: 'on' }
const STS = { ...S3, MCHAT_S3_ROLE_ARN: 'arn:aws:iam::123456789012:role/files' }
const TLS = { MCHAT_TLS_CERT_FILE: 'c.pem', MCHAT_TLS_KEY_FILE: 'k.pem' }

test.each([
  ['localhost', true],
  ['LOCALHOST', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['0', false],
  ['', false],
  ['128.0.0.1', false],
  ['127.0.0.1.example.org', false],
  ['localhost.example.org', false],
  ['127.example.org', false],
  ['db.local', false],
])('%j is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})

describe.each([
  ['embedded', {}],
  ['mosquitto', MOSQUITTO],
  ['emqx', EMQX],
  ['aws-iot', AWS_IOT],
])('the port of a gateway with %s', (_kind, env: Record<string, string>) => {
  test.each(['0.0.0.0', '::', '192.0.2.1', 'chat.example.org'])('is not opened unencrypted on %s', (host) => {
    expect(problemsOf({ ...env, MCHAT_HOST: host })).toEqual([
      `MCHAT_HOST is ${host}, so passwords and messages would cross the network unencrypted: set MCHAT_TLS_CERT_FILE and MCHAT_TLS_KEY_FILE, or set MCHAT_INSECURE=1 if something else encrypts.`,
    ])
    expect(problemsOf({ ...env, MCHAT_HOST: host, ...TLS })).toEqual([])
    expect(problemsOf({ ...env, MCHAT_HOST: host, MCHAT_INSECURE: '1' })).toEqual([])
  })

  test.each(['127.0.0.1', '127.0.0.53', 'localhost', '::1'])('may be on %s', (host) => {
    expect(problemsOf({ ...env, MCHAT_HOST: host })).toEqual([])
  })
})

test.each([
  ['MCHAT_BROKER_URL', MOSQUITTO, 'mqtt', 'mqtts', 'passwords and messages'],
  ['MCHAT_BROKER_CLIENT_URL', MOSQUITTO, 'mqtt', 'mqtts', 'passwords and messages'],
  ['MCHAT_BROKER_WS_URL', MOSQUITTO, 'ws', 'wss', 'passwords and messages'],
  ['MCHAT_BROKER_API_URL', EMQX, 'http', 'https', 'the API key'],
  ['MCHAT_S3_ENDPOINT', S3, 'http', 'https', 'files'],
  ['MCHAT_S3_PUBLIC_ENDPOINT', S3, 'http', 'https', 'files'],
  ['MCHAT_S3_STS_ENDPOINT', STS, 'http', 'https', 'temporary credentials'],
  ['MCHAT_FILE_SCAN_URL', {}, 'http', 'https', 'addresses of files'],
] as const)('%s goes to another machine encrypted, or by an explicit word', (name, env, plain, secure, what) => {
  for (const host of ['mqtt.example.org', '10.0.0.5', '[2001:db8::1]', '127.0.0.1.example.org']) {
    expect(problemsOf({ ...env, [name]: `${plain}://${host}:1234` })).toEqual([
      `${name} is ${plain}://${host}:1234, so ${what} would cross the network unencrypted: use ${secure}://, or set MCHAT_INSECURE=1 if something else encrypts.`,
    ])
    expect(problemsOf({ ...env, [name]: `${plain}://${host}:1234`, MCHAT_INSECURE: '1' })).toEqual([])
    expect(problemsOf({ ...env, [name]: `${secure}://${host}:1234` })).toEqual([])
  }
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    expect(problemsOf({ ...env, [name]: `${plain}://${host}:1234` })).toEqual([])
  }
})

describe('the database', () => {
  const problem = (host: string): string =>
    `MCHAT_DATABASE_URL is on ${host} without sslmode=verify-full, so the organisation would cross the network where others can read or change it: add ?sslmode=verify-full, or set MCHAT_INSECURE=1 if something else encrypts.`

  test.each([
    ['postgres://mchat:hunter2@db.example.org/mchat', 'db.example.org'],
    ['postgres://mchat:hunter2@10.0.0.5:5432/mchat?sslmode=disable', '10.0.0.5'],
    ['postgres://db.example.org/mchat?sslmode=prefer', 'db.example.org'],
    ['postgres://db.example.org/mchat?sslmode=require', 'db.example.org'],
    ['postgres://db.example.org/mchat?sslmode=no-verify', 'db.example.org'],
    ['postgres://db.example.org/mchat?sslmode=verify-full&sslmode=disable', 'db.example.org'],
    ['postgres://localhost/mchat?host=db.example.org', 'db.example.org'],
  ])('on another machine is not read and written unprotected: %s', (url, host) => {
    expect(problemsOf({ MCHAT_DATABASE_URL: url })).toEqual([problem(host)])
    expect(problemsOf({ MCHAT_DATABASE_URL: url, MCHAT_INSECURE: '1' })).toEqual([])
  })

  test.each([
    'postgres://mchat@db.example.org/mchat?sslmode=verify-full',
    'postgres://mchat@127.0.0.1:5432/mchat',
    'postgres://mchat@localhost/mchat',
    'postgres://mchat@[::1]/mchat',
    'postgres:///mchat',
    'postgres:///mchat?host=/run/postgresql',
    'postgres://%2Frun%2Fpostgresql/mchat',
  ])('is taken as it is: %s', (url) => {
    expect(problemsOf({ MCHAT_DATABASE_URL: url })).toEqual([])
  })

  test('is where the variables of libpq say, too', () => {
    expect(problemsOf({ MCHAT_DATABASE_URL: 'postgres:///mchat', PGHOST: 'db.example.org' })).toEqual([
      problem('db.example.org'),
    ])
    const remote = { MCHAT_DATABASE_URL: 'postgres://db.example.org/mchat', PGSSLMODE: 'verify-full' }
    expect(problemsOf(remote)).toEqual([])
    expect(problemsOf({ ...remote, MCHAT_DATABASE_URL: `${remote.MCHAT_DATABASE_URL}?ssl=0` })).toHaveLength(1)
  })
})

test('the oldest TLS is 1.3 unless somebody says 1.2', () => {
  expect(load(TLS).tls?.minVersion).toBe('1.3')
  expect(load({ ...TLS, MCHAT_TLS_MIN_VERSION: '1.2' }).tls?.minVersion).toBe('1.2')
  expect(problemsOf({ MCHAT_TLS_MIN_VERSION: '1.1' })).toEqual([
    'MCHAT_TLS_MIN_VERSION must be "1.3" or "1.2", but is "1.1".',
  ])
})

test('clients that are told a public host without TLS worry somebody', () => {
  const warning = expect.stringContaining('so clients are told to connect without TLS')
  const proxied = { MCHAT_PUBLIC_HOST: 'chat.example.org' }
  expect(configWarnings(load(proxied))).toEqual([warning])
  expect(configWarnings(load({ ...proxied, MCHAT_PUBLIC_TLS: 'on' }))).toEqual([])
  expect(configWarnings(load({}))).toEqual([])
})
