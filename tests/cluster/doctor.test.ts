import { describe, expect, test } from 'vitest'
import { mchat } from '../../gateway/test/mchat-process.ts'
import { freePort } from '../kit/free-port.ts'
import { hasMosquitto, type MosquittoServer, startMosquitto } from '../kit/mosquitto.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const missing = hasMosquitto() ? '' : ' (skipped: Mosquitto is not installed)'

/** As an operator examines a broker. */
const examine = async ({ gateway, url }: MosquittoServer, env: Record<string, string> = {}) => {
  await using directory = await tempDirectory()
  return await mchat(['doctor'], {
    cwd: directory.path,
    env: {
      MCHAT_BROKER_KIND: 'mosquitto',
      MCHAT_BROKER_URL: url,
      MCHAT_BROKER_USERNAME: gateway.username,
      MCHAT_BROKER_PASSWORD: gateway.password,
      ...env,
    },
  })
}

describe.skipIf(missing !== '')(`mchat doctor on a Mosquitto${missing}`, () => {
  test('has nothing to change on the configuration that MChat writes', async () => {
    await using broker = await startMosquitto()
    const { code, stderr } = await examine(broker)
    expect([code, stderr.split('\n').filter((line) => line.startsWith('FAIL'))], stderr).toEqual([0, []])
    for (const name of [
      'Round trip',
      'Shared',
      'Redelivery',
      'Sessions',
      'Retained',
      'Wills',
      'Rights',
      'Revocation',
    ]) {
      expect(stderr).toMatch(new RegExp(`^ {2}ok ${name}`, 'm'))
    }
    expect(stderr).toContain('Nothing has to change.')
  })

  test('finds the defaults that lose messages', async () => {
    await using broker = await startMosquitto({
      lines: ['max_queued_messages 1000', 'max_queued_bytes 0', 'set_tcp_nodelay false', 'max_packet_size 65536'],
    })
    const { code, stderr } = await examine(broker)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^FAIL Sessions: Of 5000 messages .* max_queued_messages/m)
    expect(stderr).toMatch(/^FAIL Packet size: .*max_packet_size/m)
    expect(stderr).toMatch(/^FAIL Round trip: .*set_tcp_nodelay/m)
  })

  test('finds a broker that lets everybody in', async () => {
    await using broker = await startMosquitto({ strict: false })
    const { code, stderr } = await examine(broker)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^FAIL Rights: /m)
  })

  test('says in one line why a broker cannot be reached', async () => {
    await using broker = await startMosquitto()
    const refused = await examine(broker, { MCHAT_BROKER_PASSWORD: 'wrong' })
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^FAIL Connection: .*does not accept/m)])
    const away = await examine(broker, { MCHAT_BROKER_URL: `mqtt://127.0.0.1:${await freePort()}` })
    expect([away.code, away.stderr]).toEqual([1, expect.stringMatching(/^FAIL Connection: .*nothing listens there/m)])
  })
})
