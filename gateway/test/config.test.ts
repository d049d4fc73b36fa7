import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { renderConfigurationReference } from '../src/config/reference.ts'
import { SETTINGS } from '../src/config/settings.ts'
import { ConfigError, configWarnings, createConfig, loadConfig } from '../src/config.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mchat-config-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const file = (name: string, content: string): string => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}
const load = (env: Record<string, string> = {}, configFile?: string) => loadConfig(env, { cwd: directory, configFile })
const problemsOf = (env: Record<string, string>, configFile?: string): readonly string[] => {
  try {
    load(env, configFile)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('where values come from', () => {
  test('nothing set: the defaults, with absolute paths', () => {
    const config = load()
    expect(config).toMatchObject({
      host: '127.0.0.1',
      httpPort: 8080,
      mqttPort: 1883,
      publicHost: '127.0.0.1',
      dataDir: join(directory, 'data'),
      databaseUrl: undefined,
      databaseOwnerUrl: undefined,
      language: 'en',
      rateLimit: true,
      tls: undefined,
    })
    expect(config.limits.groupMembers).toBe(5000)
    expect(config.version).toMatch(/^\d+\.\d+\.\d+/)
  })

  test('every kind of value from the environment', () => {
    const config = load({
      MCHAT_HTTP_PORT: '0',
      MCHAT_RATE_LIMIT: 'off',
      MCHAT_LANGUAGE: 'zh-CN',
      MCHAT_ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080',
      MCHAT_LIMIT_QUEUED_BYTES_PER_SESSION: '1 MiB',
      MCHAT_DATA_DIR: '/var/lib/mchat',
      MCHAT_SERVICE_ID: '',
      PATH: '/bin',
    })
    expect(config).toMatchObject({
      httpPort: 0,
      rateLimit: false,
      language: 'zh-CN',
      allowedOrigins: ['https://a.example', 'http://b.example:8080'],
      dataDir: '/var/lib/mchat',
      serviceId: undefined,
    })
    expect(config.limits.queuedBytesPerSession).toBe(1024 * 1024)
  })

  test('the environment wins over mchat.yaml', () => {
    file('mchat.yaml', 'httpPort: 9000\nmqttPort: 9001\nrateLimit: off\nlimits:\n  groupMembers: 12\n')
    const config = load({ MCHAT_HTTP_PORT: '9100' })
    expect(config).toMatchObject({ httpPort: 9100, mqttPort: 9001, rateLimit: false })
    expect(config.limits).toMatchObject({ groupMembers: 12, groupsPerEmployee: 500 })
  })

  test('paths in a file are relative to it', () => {
    const named = file('elsewhere.yaml', 'dataDir: ./store\n')
    expect(loadConfig({}, { cwd: '/', configFile: named }).dataDir).toBe(join(directory, 'store'))
    expect(loadConfig({ MCHAT_CONFIG: named }, { cwd: '/' }).dataDir).toBe(join(directory, 'store'))
  })

  test('secrets come from files too', () => {
    const url = file('url', 'postgres://mchat:pw@localhost/mchat\n')
    expect(load({ MCHAT_DATABASE_URL_FILE: url }).databaseUrl).toBe('postgres://mchat:pw@localhost/mchat')
    expect(problemsOf({ MCHAT_DATABASE_URL_FILE: url, MCHAT_DATABASE_URL: 'postgres://x/y' })).toEqual([
      'MCHAT_DATABASE_URL and MCHAT_DATABASE_URL_FILE are both set; set only one of them.',
    ])
    expect(problemsOf({ MCHAT_SECRET_FILE: '/nowhere' })).toEqual([
      '/nowhere (MCHAT_SECRET_FILE) cannot be read: it does not exist.',
    ])
  })

  test('the owner of the tables is somebody beside the role of the gateways', () => {
    expect(problemsOf({ MCHAT_DATABASE_OWNER_URL: 'postgres://owner@localhost/mchat' })).toEqual([
      'MCHAT_DATABASE_OWNER_URL is set, so MCHAT_DATABASE_URL must be set too.',
    ])
  })

  test('a choice that looks like a number', () => {
    file('mchat.yaml', 'tls:\n  certFile: c.pem\n  keyFile: k.pem\n  minVersion: 1.2\n')
    expect(load().tls?.minVersion).toBe('1.2')
  })

  test('an empty file and empty sections are fine', () => {
    file('mchat.yaml', '# nothing yet\nlimits:\n  # groupMembers: 5\ntls:\n')
    expect(load().limits.groupMembers).toBe(5000)
  })

  test('variables that Kubernetes makes are not ours', () => {
    expect(
      problemsOf({
        MCHAT_SERVICE_HOST: '10.0.0.1',
        MCHAT_SERVICE_PORT_MQTT: '1883',
        MCHAT_PORT: 'tcp://10.0.0.1:1883',
        MCHAT_PORT_1883_TCP_ADDR: '10.0.0.1',
      }),
    ).toEqual([])
  })
})

describe('what is wrong', () => {
  test('a section that is given a value is called a section', () => {
    file('mchat.yaml', 'limits: 5\n')
    const yaml = join(directory, 'mchat.yaml')
    expect(problemsOf({})).toEqual([`limits in ${yaml} is a section; write its settings below it, indented.`])
  })

  test('all problems are reported together', () => {
    file('mchat.yaml', 'httpport: 1\nlimits:\n  groupMember: 5\nlanguage: fr\n')
    const yaml = join(directory, 'mchat.yaml')
    expect(
      problemsOf({ MCHAT_HTP_PORT: '1', MCHAT_MQTT_PORT: '99999', MCHAT_ZZZZZZZZZZ: '1', MCHAT_FSYNC: 'maybe' }),
    ).toEqual([
      `httpport in ${yaml} is not a setting; did you mean httpPort?`,
      `limits.groupMember in ${yaml} is not a setting; did you mean limits.groupMembers?`,
      'MCHAT_HTP_PORT is not a setting; did you mean MCHAT_HTTP_PORT?',
      'MCHAT_ZZZZZZZZZZ is not a setting.',
      'MCHAT_MQTT_PORT must be a whole number from 0 to 65535, but is "99999".',
      `language in ${yaml} must be "en" or "zh-CN", but is "fr".`,
      'MCHAT_FSYNC must be "never" or "always", but is "maybe".',
    ])
  })

  test.each([
    ['a: [', /^.*mchat.yaml is not valid YAML: .+\.$/],
    ['httpPort: 1\nhttpPort: 2', /not valid YAML: Map keys must be unique/],
    ['just text', /must hold settings, one "key: value" a line\.$/],
    ['- a', /must hold settings/],
    ['a: *b', /not valid YAML: Unresolved alias/],
  ])('a broken file: %j', (content, expected) => {
    file('mchat.yaml', content)
    const problems = problemsOf({})
    expect(problems.length).toBeGreaterThan(0)
    expect(problems[0]).toMatch(expected)
  })

  test('a named file must exist', () => {
    expect(problemsOf({}, 'nope.yaml')).toEqual([
      `${join(directory, 'nope.yaml')} (the configuration file) cannot be read: it does not exist.`,
    ])
  })

  test('a secret is never quoted', () => {
    const problems = problemsOf({ MCHAT_SECRET: 'hunter2hunter2!', MCHAT_DATABASE_URL: 'mysql://root:hunter2@db' })
    expect(problems).toHaveLength(2)
    expect(problems.join()).not.toContain('hunter2')
  })

  test.each([
    ['short', Buffer.alloc(31, 7).toString('base64'), /but holds only 31 bytes\.$/],
    ['repeating', Buffer.alloc(32, 7).toString('hex'), /but repeats itself\.$/],
    ['not encoded', 'correct horse battery staple correct horse', /but is neither base64 nor hex\.$/],
  ])('a %s deployment secret is refused', (_name, secret, expected) => {
    expect(problemsOf({ MCHAT_SECRET: secret })).toEqual([expect.stringMatching(expected)])
  })

  test.each(['0.0.0.0', '::', '192.0.2.1', 'chat.example.org'])(
    'listening on %s needs TLS or an explicit word',
    (host) => {
      expect(problemsOf({ MCHAT_HOST: host })).toEqual([expect.stringContaining('unencrypted')])
      const config = load({ MCHAT_HOST: host, MCHAT_INSECURE: '1' })
      expect(configWarnings(config)[0]).toContain('without TLS')
      expect(problemsOf({ MCHAT_HOST: host, MCHAT_TLS_CERT_FILE: 'c', MCHAT_TLS_KEY_FILE: 'k' })).toEqual([])
    },
  )

  test('half a TLS configuration and equal ports', () => {
    expect(problemsOf({ MCHAT_TLS_CERT_FILE: 'c.pem', MCHAT_HTTP_PORT: '5', MCHAT_MQTT_PORT: '5' })).toEqual([
      'MCHAT_TLS_CERT_FILE is set, so MCHAT_TLS_KEY_FILE must be set too.',
      'MCHAT_HTTP_PORT and MCHAT_MQTT_PORT are both 5; they must differ.',
    ])
    expect(problemsOf({ MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0' })).toEqual([])
  })
})

test('every setting has a sentence, a name and one place', () => {
  const settings = Object.entries(SETTINGS)
  for (const [key, { env, sentence }] of settings) {
    expect(sentence, key).toMatch(/^[A-Z].*\.$/)
    expect(env).toMatch(/^MCHAT_[A-Z][A-Z0-9_]+$/)
  }
  expect(new Set(settings.map(([, { env }]) => env)).size).toBe(settings.length)
})

test('the reference has every setting, and is up to date', () => {
  const page = readFileSync(new URL('../../docs/reference/configuration.md', import.meta.url), 'utf8')
  expect(page).toBe(renderConfigurationReference())
  for (const [key, { env, sentence }] of Object.entries(SETTINGS)) {
    expect(page).toContain(`| \`${key}\` | \`${env}\``)
    expect(page).toContain(sentence)
  }
})

test('groups that no device could follow are refused', () => {
  expect(problemsOf({ MCHAT_LIMIT_GROUPS_PER_EMPLOYEE: '600' })).toEqual([
    'MCHAT_LIMIT_SUBSCRIPTIONS_PER_CLIENT is 1100; with 600 groups per employee (MCHAT_LIMIT_GROUPS_PER_EMPLOYEE) it must be at least 1300.',
  ])
  const enough = { MCHAT_LIMIT_GROUPS_PER_EMPLOYEE: '600', MCHAT_LIMIT_SUBSCRIPTIONS_PER_CLIENT: '1300' }
  expect(problemsOf(enough)).toEqual([])
})

test('defaults pass their own checks', () => {
  const env = Object.values(SETTINGS).flatMap(({ env: name, default: value }) =>
    value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[name, String(value)] as const],
  )
  expect(problemsOf(Object.fromEntries(env))).toEqual([])
})

describe('where agents may be called', () => {
  test('is the public Internet, and what is named', () => {
    expect(load().agents.allow).toEqual([])
    expect(load({ MCHAT_AGENT_ALLOW: 'agents.corp:8443, 10.1.0.0/16,[::1]:9400' }).agents.allow).toEqual([
      'agents.corp:8443',
      '10.1.0.0/16',
      '[::1]:9400',
    ])
    file('mchat.yaml', 'agents:\n  allow: [fd00::/8]\n')
    expect(load().agents.allow).toEqual(['fd00::/8'])
  })

  test('names the entry that is none', () => {
    expect(problemsOf({ MCHAT_AGENT_ALLOW: '10.1.0.0/16,https://agents.corp' })).toEqual([
      'MCHAT_AGENT_ALLOW must be a list of host:port (in lower case) or networks such as agents.example.org:8443 or 10.1.0.0/16, but contains "https://agents.corp".',
    ])
  })
})

test('createConfig changes only what it is told', () => {
  const config = createConfig({ httpPort: 0, limits: { groupMembers: 3 } })
  expect(config.httpPort).toBe(0)
  expect(config.limits.groupMembers).toBe(3)
  expect(config.limits.groupsPerEmployee).toBe(500)
  expect(Object.isFrozen(config)).toBe(true)
})

describe('an EMQX', () => {
  const emqx = {
    MCHAT_BROKER_KIND: 'emqx',
    MCHAT_BROKER_URL: 'mqtt://127.0.0.1:1883',
    MCHAT_BROKER_PASSWORD: 'x',
    MCHAT_BROKER_API_URL: 'http://127.0.0.1:18083',
    MCHAT_BROKER_API_KEY: 'key',
    MCHAT_BROKER_API_SECRET: 'secret',
    MCHAT_BROKER_HOOK_KEY: 'k'.repeat(32),
  }

  test('with everything that it takes', () => {
    expect(load(emqx).broker).toMatchObject({ kind: 'emqx', apiKey: 'key', hookKey: 'k'.repeat(32) })
  })

  test('says at once what is missing', () => {
    const { MCHAT_BROKER_API_URL: _url, MCHAT_BROKER_HOOK_KEY: _key, MCHAT_BROKER_PASSWORD: _password, ...rest } = emqx
    expect(problemsOf(rest)).toEqual([
      'MCHAT_BROKER_KIND is emqx, so MCHAT_BROKER_API_URL must be set too.',
      'MCHAT_BROKER_KIND is emqx, so MCHAT_BROKER_HOOK_KEY must be set too.',
      'MCHAT_BROKER_KIND is emqx, so MCHAT_BROKER_PASSWORD must be set too.',
    ])
  })

  test('is what its settings are for', () => {
    expect(problemsOf({ ...emqx, MCHAT_BROKER_KIND: 'mosquitto' })).toContain(
      'MCHAT_BROKER_HOOK_KEY is set, which is for emqx and aws-iot, but MCHAT_BROKER_KIND is mosquitto.',
    )
    expect(problemsOf({ MCHAT_BROKER_API_KEY: 'key' })).toEqual([
      'MCHAT_BROKER_API_KEY is set, which is for emqx and aws-iot, but MCHAT_BROKER_KIND is embedded.',
    ])
  })

  test('is not given its key over an open network, nor a key that can be guessed', () => {
    expect(problemsOf({ ...emqx, MCHAT_BROKER_API_URL: 'http://emqx.example.org:18083' }).join()).toContain(
      'the API key would cross the network unencrypted',
    )
    expect(problemsOf({ ...emqx, MCHAT_BROKER_HOOK_KEY: 'short' })).toEqual([
      'MCHAT_BROKER_HOOK_KEY must be 32 to 256 of A-Z, a-z, 0-9, _ and -.',
    ])
    for (const url of ['http://h:1/api/v5', 'ftp://h', 'http://user:pass@h']) {
      expect(problemsOf({ ...emqx, MCHAT_BROKER_API_URL: url })).toHaveLength(1)
    }
  })
})

describe('an AWS IoT Core', () => {
  const aws = {
    MCHAT_BROKER_KIND: 'aws-iot',
    MCHAT_BROKER_URL: 'mqtts://a1b2c3-ats.iot.eu-central-1.amazonaws.com:8883',
    MCHAT_BROKER_PASSWORD: 'x',
    MCHAT_BROKER_API_URL: 'https://a1b2c3-ats.iot.eu-central-1.amazonaws.com',
    MCHAT_BROKER_HOOK_KEY: 'k'.repeat(32),
    MCHAT_BROKER_REGION: 'eu-central-1',
    MCHAT_GROUP_DELIVERY: 'inbox',
  }

  test('with everything that it takes, and the access key that its SDK finds', () => {
    expect(load(aws).broker).toMatchObject({ kind: 'aws-iot', region: 'eu-central-1', apiKey: undefined })
  })

  test('says at once what is missing or cannot be', () => {
    const { MCHAT_BROKER_REGION: _region, MCHAT_GROUP_DELIVERY: _delivery, ...rest } = aws
    expect(problemsOf({ ...rest, MCHAT_BROKER_API_KEY: 'key' })).toEqual([
      'MCHAT_BROKER_KIND is aws-iot, so MCHAT_BROKER_REGION must be set too.',
      'MCHAT_BROKER_KIND is aws-iot, which allows too few subscriptions for the topics of groups and is slow to take rights away: set MCHAT_GROUP_DELIVERY=inbox.',
      'MCHAT_BROKER_API_KEY and MCHAT_BROKER_API_SECRET must be set together, or neither.',
    ])
    expect(problemsOf({ ...aws, MCHAT_BROKER_REGION: 'Frankfurt' })).toHaveLength(1)
  })
})
