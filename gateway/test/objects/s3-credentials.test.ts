import { describe, expect, test } from 'vitest'
import { hangs } from '../../../tests/kit/hostile-answers.ts'
import { type HostileHttpServer, startHostileHttpServer } from '../../../tests/kit/hostile-http-server.ts'
import { createConfig } from '../../src/config.ts'
import { type ObjectStore, StoreUnavailable } from '../../src/objects/object-store.ts'
import { createS3Store } from '../../src/objects/s3.ts'
import { silentLog } from '../../src/ops/log.ts'
import { systemClock } from '../../src/platform/clock.ts'

const ROLE = 'arn:aws:iam::123456789012:role/mchat-files'
const RULES = { owner: 'ann.b-1', put: 'mchat/incoming/employee/ann.b-1/', get: 'mchat/employee/ann.b-1/' }

const open = async (
  role: string | null = ROLE,
  answerMs = 30_000,
): Promise<AsyncDisposable & { readonly sts: HostileHttpServer; readonly store: ObjectStore }> => {
  const sts = await startHostileHttpServer()
  sts.respond(
    (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>of the session</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>',
        ),
  )
  const { storage } = createConfig({
    storage: {
      bucket: 'files',
      endpoint: 'http://127.0.0.1:1',
      pathStyle: true,
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'a secret of the deployment',
      ...(role === null ? {} : { roleArn: role, stsEndpoint: sts.url }),
    },
  })
  const store = createS3Store({
    config: storage,
    clock: systemClock(),
    log: silentLog,
    timeouts: { answerMs },
  })
  return {
    sts,
    store,
    async [Symbol.asyncDispose]() {
      store.close()
      await sts[Symbol.asyncDispose]()
    },
  }
}

const askedOf = (sts: HostileHttpServer): URLSearchParams => new URLSearchParams(sts.requests.at(-1)?.body)

describe('temporary credentials', () => {
  test('are those of a role, for two prefixes of the bucket and nothing else', async () => {
    await using bench = await open()
    expect(await bench.store.temporaryCredentials(RULES, 1800)).toEqual({
      accessKeyId: 'ASIA1',
      secretAccessKey: 'of the session',
      sessionToken: 'token',
    })
    const asked = askedOf(bench.sts)
    expect(Object.fromEntries(asked)).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: ROLE,
      RoleSessionName: 'ann.b-1',
      DurationSeconds: '1800',
    })
    expect(JSON.parse(asked.get('Policy') ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::files/mchat/incoming/employee/ann.b-1/*' },
        { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::files/mchat/employee/ann.b-1/*' },
      ],
    })
    expect(bench.sts.requests[0]?.headers.authorization).toMatch(/AKIDEXAMPLE\/\d{8}\/us-east-1\/sts\/aws4_request/)
  })

  test('are good for as long as STS wants it at least', async () => {
    await using bench = await open()
    await bench.store.temporaryCredentials(RULES, 60)
    expect(askedOf(bench.sts).get('DurationSeconds')).toBe('900')
  })

  test.each([
    ['a', 'a-'],
    ['x'.repeat(70), 'x'.repeat(64)],
    ['ann smith/é', 'ann-smith--'],
  ])('bear a name that STS takes: %s', async (owner, name) => {
    await using bench = await open()
    await bench.store.temporaryCredentials({ ...RULES, owner }, 900)
    expect(askedOf(bench.sts).get('RoleSessionName')).toBe(name)
  })

  test.each([
    ['arn:aws-cn:iam::123456789012:role/files', 'arn:aws-cn:s3:::files/'],
    ['arn:minio:iam:::role/files', 'arn:aws:s3:::files/'],
  ])('are of the part of AWS that the role is in: %s', async (role, resource) => {
    await using bench = await open(role)
    await bench.store.temporaryCredentials(RULES, 900)
    expect(askedOf(bench.sts).get('Policy')).toContain(resource)
  })

  test.each(['', 'mchat/*/', 'mchat/?/', `mchat/\${aws:username}/`, 'mchat/employee/ann'])(
    'are not given for the prefix %j',
    async (prefix) => {
      await using bench = await open()
      for (const name of ['put', 'get']) {
        await expect(bench.store.temporaryCredentials({ ...RULES, [name]: prefix }, 900)).rejects.toThrow()
      }
      expect(bench.sts.requests).toEqual([])
    },
  )

  test('are not there where the deployment has no role', async () => {
    await using bench = await open(null)
    expect(await bench.store.temporaryCredentials(RULES, 900)).toBeUndefined()
    expect(bench.sts.requests).toEqual([])
  })

  test('do not come from an STS that is away', async () => {
    await using bench = await open(ROLE, 1000)
    bench.sts.respond(hangs)
    await expect(bench.store.temporaryCredentials(RULES, 900)).rejects.toBeInstanceOf(StoreUnavailable)
    bench.sts.respond((_request, response) => void response.writeHead(403).end('<Error/>'))
    await expect(bench.store.temporaryCredentials(RULES, 900)).rejects.toBeInstanceOf(StoreUnavailable)
  })
})
