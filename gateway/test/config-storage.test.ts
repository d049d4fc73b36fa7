import { describe, expect, test } from 'vitest'
import { DEFAULT_FILE_TYPES, isRunByBrowsers } from '../src/config/file-types.ts'
import { ConfigError, createConfig, loadConfig } from '../src/config.ts'

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

const GiB = 1024 ** 3
const AWS = { MCHAT_S3_BUCKET: 'mchat-files', MCHAT_S3_REGION: 'eu-central-1' }
const MINIO = {
  MCHAT_S3_BUCKET: 'mchat.files',
  MCHAT_S3_ENDPOINT: 'https://10.0.0.9:9000',
  MCHAT_S3_PUBLIC_ENDPOINT: 'https://files.example.org',
  MCHAT_S3_PATH_STYLE: 'on',
  MCHAT_S3_ACCESS_KEY_ID: 'minio',
  MCHAT_S3_SECRET_ACCESS_KEY: 'very secret',
}

describe('where files are', () => {
  test('is no bucket by default', () => {
    const { limits, storage } = load({})
    expect(storage).toMatchObject({
      bucket: undefined,
      endpoint: undefined,
      publicEndpoint: undefined,
      region: 'us-east-1',
      accessKeyId: undefined,
      secretAccessKey: undefined,
      pathStyle: false,
      roleArn: undefined,
      stsEndpoint: undefined,
      urlMinutes: 15,
      contentTypes: DEFAULT_FILE_TYPES,
      days: undefined,
      scanUrl: undefined,
      scanSecret: undefined,
      scanSeconds: 60,
      quotaBytesPerEmployee: 10 * GiB,
      quotaBytes: 100 * GiB,
    })
    expect(limits.fileBytes).toBe(5 * GiB)
    expect(createConfig().storage).toEqual(storage)
    expect(createConfig({ storage: { urlMinutes: 1 } }).storage).toEqual({ ...storage, urlMinutes: 1 })
  })

  test('is a bucket of AWS, by a role of the machine', () => {
    expect(load(AWS).storage).toMatchObject({ bucket: 'mchat-files', region: 'eu-central-1', accessKeyId: undefined })
    const role = { MCHAT_S3_ROLE_ARN: 'arn:aws:iam::123456789012:role/mchat-files' }
    expect(load({ ...AWS, ...role }).storage.roleArn).toBe(role.MCHAT_S3_ROLE_ARN)
  })

  test('is a bucket of another store', () => {
    expect(load(MINIO).storage).toMatchObject({
      bucket: 'mchat.files',
      endpoint: 'https://10.0.0.9:9000',
      publicEndpoint: 'https://files.example.org',
      pathStyle: true,
      accessKeyId: 'minio',
      secretAccessKey: 'very secret',
    })
  })

  test('is said with a bucket, or not at all', () => {
    expect(
      problemsOf({
        MCHAT_S3_ENDPOINT: 'https://s3.example.org',
        MCHAT_S3_PUBLIC_ENDPOINT: 'https://s3.example.org',
        MCHAT_S3_REGION: 'eu-central-1',
        MCHAT_S3_PATH_STYLE: 'on',
        MCHAT_S3_ACCESS_KEY_ID: 'key',
        MCHAT_S3_SECRET_ACCESS_KEY: 'secret',
        MCHAT_S3_ROLE_ARN: 'arn:aws:iam::123456789012:role/x',
        MCHAT_S3_STS_ENDPOINT: 'https://sts.example.org',
      }),
    ).toEqual(
      [
        'ENDPOINT',
        'PUBLIC_ENDPOINT',
        'REGION',
        'PATH_STYLE',
        'ACCESS_KEY_ID',
        'SECRET_ACCESS_KEY',
        'ROLE_ARN',
        'STS_ENDPOINT',
      ].map((name) => `MCHAT_S3_${name} is set, so MCHAT_S3_BUCKET must be set too.`),
    )
  })

  test.each([
    [
      { MCHAT_S3_ACCESS_KEY_ID: 'key' },
      'MCHAT_S3_ACCESS_KEY_ID is set, so MCHAT_S3_SECRET_ACCESS_KEY must be set too.',
    ],
    [
      { MCHAT_S3_SECRET_ACCESS_KEY: 'secret' },
      'MCHAT_S3_SECRET_ACCESS_KEY is set, so MCHAT_S3_ACCESS_KEY_ID must be set too.',
    ],
    [
      { MCHAT_S3_STS_ENDPOINT: 'https://sts.example.org' },
      'MCHAT_S3_STS_ENDPOINT is set, so MCHAT_S3_ROLE_ARN must be set too.',
    ],
    [
      { MCHAT_S3_ENDPOINT: 'https://s3.example.org', MCHAT_S3_ROLE_ARN: 'arn:minio:iam:::role/dummy' },
      'MCHAT_S3_ROLE_ARN and MCHAT_S3_ENDPOINT are set, so MCHAT_S3_STS_ENDPOINT must say where that role is known.',
    ],
    [
      { MCHAT_S3_ENDPOINT: 'https://10.0.0.9:9000' },
      'MCHAT_S3_ENDPOINT is an address, before which no bucket can stand: set MCHAT_S3_PATH_STYLE=on.',
    ],
    [
      { MCHAT_S3_PUBLIC_ENDPOINT: 'https://[2001:db8::1]' },
      'MCHAT_S3_PUBLIC_ENDPOINT is an address, before which no bucket can stand: set MCHAT_S3_PATH_STYLE=on.',
    ],
    [
      { MCHAT_S3_BUCKET: 'files.example.org' },
      'MCHAT_S3_BUCKET has a dot in it, with which no certificate covers its host name: set MCHAT_S3_PATH_STYLE=on.',
    ],
    [
      { MCHAT_FILE_QUOTA: '1 GiB' },
      'MCHAT_FILE_QUOTA is set, which is for the embedded store, but MCHAT_S3_BUCKET is set too.',
    ],
    [
      { MCHAT_FILE_QUOTA_PER_EMPLOYEE: '1 GiB' },
      'MCHAT_FILE_QUOTA_PER_EMPLOYEE is set, which is for the embedded store, but MCHAT_S3_BUCKET is set too.',
    ],
  ])('contradicts itself: %j', (env: Record<string, string>, problem) => {
    expect(problemsOf({ ...AWS, ...env })).toEqual([problem])
  })

  test.each([
    { MCHAT_S3_BUCKET: 'No_Bucket' },
    { MCHAT_S3_BUCKET: 'ab' },
    { MCHAT_S3_BUCKET: '-ab-' },
    { MCHAT_S3_ENDPOINT: 'https://s3.example.org/bucket' },
    { MCHAT_S3_ENDPOINT: 'https://key:secret@s3.example.org' },
    { MCHAT_S3_ENDPOINT: 's3.example.org' },
    { MCHAT_S3_REGION: 'eu central' },
    { MCHAT_S3_ROLE_ARN: 'mchat-files' },
    { MCHAT_FILE_URL_MINUTES: '61' },
    { MCHAT_FILE_URL_MINUTES: '0' },
    { MCHAT_FILE_DAYS: '0' },
    { MCHAT_FILE_SCAN_SECONDS: '301' },
    { MCHAT_LIMIT_FILE_BYTES: '6 GiB' },
    { MCHAT_LIMIT_FILE_BYTES: '1 KiB' },
  ])('is refused where it cannot be: %j', (env: Record<string, string>) => {
    expect(problemsOf({ ...AWS, ...env })).toEqual([expect.stringMatching(`^${Object.keys(env)[0]} must be `)])
  })

  test('keeps its secrets to itself', () => {
    const problems = problemsOf({
      ...AWS,
      MCHAT_FILE_SCAN_URL: 'https://s.example.org',
      MCHAT_FILE_SCAN_SECRET: 'short',
    })
    expect(problems).toHaveLength(1)
    expect(problems.join()).not.toContain('short')
  })
})

describe('what files may be declared to be', () => {
  test('is what the operator lists', () => {
    expect(load({ MCHAT_FILE_TYPES: 'image/png, application/x-blender' }).storage.contentTypes).toEqual([
      'image/png',
      'application/x-blender',
    ])
  })

  test('is never, whatever the operator lists, what a browser runs', () => {
    for (const type of [
      'text/html',
      'application/xhtml+xml',
      'image/svg+xml',
      'text/xml',
      'application/xml',
      'application/atom+xml',
      'text/javascript',
      'application/javascript',
      'application/x-javascript',
      'application/ecmascript',
      'text/vbscript',
      'multipart/x-mixed-replace',
      'multipart/related',
      'message/rfc822',
    ]) {
      expect(problemsOf({ MCHAT_FILE_TYPES: `image/png,${type}` })).toEqual([
        `MCHAT_FILE_TYPES must be a list of content types such as image/png, none of them one that browsers run, but contains "${type}", which browsers run.`,
      ])
    }
    expect(DEFAULT_FILE_TYPES.filter(isRunByBrowsers)).toEqual([])
  })

  test.each([
    ['png', 'contains "png"'],
    ['image/*', 'contains "image/*"'],
    ['Image/PNG', 'contains "Image/PNG"'],
    ['text/plain;charset=utf-8', 'contains "text/plain;charset=utf-8"'],
    [`image/${'x'.repeat(122)}`, 'contains "image/xxx'],
    [',', 'is empty'],
  ])('is a list of types, which %j is not', (types, problem) => {
    expect(problemsOf({ MCHAT_FILE_TYPES: types })).toEqual([expect.stringContaining(`but ${problem}`)])
  })
})

test('a scanner is known by its address, and may be given a secret', () => {
  const env = { MCHAT_FILE_SCAN_URL: 'https://scan.example.org/files?v=1', MCHAT_FILE_SCAN_SECRET: 's'.repeat(32) }
  expect(load(env).storage).toMatchObject({ scanUrl: env.MCHAT_FILE_SCAN_URL, scanSecret: env.MCHAT_FILE_SCAN_SECRET })
  expect(problemsOf({ MCHAT_FILE_SCAN_SECRET: 's'.repeat(32) })).toEqual([
    'MCHAT_FILE_SCAN_SECRET is set, so MCHAT_FILE_SCAN_URL must be set too.',
  ])
})
