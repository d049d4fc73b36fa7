import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ConfigOverrides } from '../../gateway/src/config.ts'
import { mchat } from '../../gateway/test/mchat-process.ts'
import { loadAuthorizer } from '../kit/aws-authorizer.ts'
import { startAwsIot } from '../kit/aws-iot.ts'
import { startEmqx } from '../kit/emqx.ts'
import { freePort } from '../kit/free-port.ts'
import { startGateway } from '../kit/gateway.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const HOOK_KEY = 'the-key-that-brokers-show-to-the-gateways'
const PASSWORD = 'the password of the gateways'
const newSecret = (): string => randomBytes(32).toString('base64')
const SECRET = newSecret()

type BrokerOverrides = NonNullable<ConfigOverrides['broker']>

/** As an operator examines a broker. */
const examine = async (broker: BrokerOverrides, env: Record<string, string>) => {
  await using directory = await tempDirectory()
  return await mchat(['doctor'], {
    cwd: directory.path,
    env: {
      MCHAT_BROKER_KIND: String(broker.kind),
      MCHAT_BROKER_URL: String(broker.url),
      MCHAT_BROKER_PASSWORD: PASSWORD,
      MCHAT_BROKER_HOOK_KEY: HOOK_KEY,
      MCHAT_BROKER_API_URL: String(broker.apiUrl),
      MCHAT_BROKER_API_KEY: String(broker.apiKey),
      MCHAT_BROKER_API_SECRET: String(broker.apiSecret),
      ...env,
    },
  })
}

describe('mchat doctor on a broker that asks the gateways', () => {
  test('has nothing to change on an EMQX, and says when no gateway answers it', async () => {
    const httpPort = await freePort()
    await using emqx = await startEmqx({ url: `http://127.0.0.1:${httpPort}`, key: HOOK_KEY })
    const broker = { kind: 'emqx', url: emqx.url, password: PASSWORD, hookKey: HOOK_KEY, ...emqx.api } as const
    await using _gateway = await startGateway({ config: { broker, httpPort, secret: SECRET } })
    const { code, stderr } = await examine(broker, { MCHAT_SECRET: SECRET })
    expect([code, stderr.split('\n').filter((line) => line.startsWith('FAIL'))], stderr).toEqual([0, []])
    expect(stderr).toMatch(/^ {2}ok Rights: It refuses unknown users/m)
    expect(stderr).toMatch(/^ {2}ok Revocation: A client whose session is over is thrown out\./m)
    const other = await examine(broker, { MCHAT_SECRET: newSecret() })
    expect(other.stderr).toMatch(/^FAIL Rights: .* a gateway with this MCHAT_SECRET has to run/m)
  })

  test('has nothing to change on an AWS IoT Core, within its quotas', async () => {
    const httpPort = await freePort()
    await using aws = await startAwsIot(await loadAuthorizer({ url: `http://127.0.0.1:${httpPort}`, key: HOOK_KEY }))
    const broker = { kind: 'aws-iot', url: aws.url, password: PASSWORD, hookKey: HOOK_KEY, ...aws.api } as const
    await using _gateway = await startGateway({
      config: {
        broker: { ...broker, connections: 1 },
        groupDelivery: 'inbox',
        limits: { groupMembers: 500 },
        httpPort,
        secret: SECRET,
      },
    })
    const { code, stderr } = await examine(broker, {
      MCHAT_SECRET: SECRET,
      MCHAT_BROKER_REGION: aws.api.region,
      MCHAT_GROUP_DELIVERY: 'inbox',
    })
    expect([code, stderr.split('\n').filter((line) => line.startsWith('FAIL'))], stderr).toEqual([0, []])
    expect(stderr).toMatch(/^ {2}ok Revocation: /m)
    expect(aws.broker.discarded).toBe(0)
  })
})
