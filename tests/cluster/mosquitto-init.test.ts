import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MchatProcess, mchat } from '../../gateway/test/mchat-process.ts'
import { startChildProgram } from '../kit/child-program.ts'
import { clusterMissing, startCluster } from '../kit/cluster.ts'
import { freePort } from '../kit/free-port.ts'
import { MOSQUITTO_PROGRAM } from '../kit/mosquitto.ts'
import { tempDirectory } from '../kit/temp-directory.ts'

const init = (cwd: string, args: readonly string[], env: Record<string, string> = {}) =>
  mchat(['broker', 'mosquitto', 'init', '--address', '127.0.0.1', '--user', userInfo().username, ...args], { cwd, env })

/** `NAME=value` lines, as a service manager reads them. */
const readEnvironment = async (file: string): Promise<Record<string, string>> => {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes('='))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

describe.skipIf(clusterMissing !== '')(`mchat broker mosquitto init${clusterMissing}`, () => {
  test('writes what a Mosquitto and a gateway need to work together', async () => {
    await using directory = await tempDirectory()
    const port = await freePort()
    const written = await init(directory.path, ['--port', String(port), '--web-socket-port', String(await freePort())])
    expect([written.code, written.stderr]).toEqual([0, expect.stringContaining('Start it with: mosquitto -c')])
    const mosquitto = join(directory.path, 'mosquitto')
    for (const name of ['mosquitto.conf', 'dynsec.json', 'mchat.env']) {
      expect((await stat(join(mosquitto, name))).mode & 0o777, name).toBe(0o600)
    }
    await using _broker = await startChildProgram(MOSQUITTO_PROGRAM, ['-c', join(mosquitto, 'mosquitto.conf')], port)
    const env = { ...(await readEnvironment(join(mosquitto, 'mchat.env'))), MCHAT_HTTP_PORT: '0' }
    await using gateway = new MchatProcess(['start'], { cwd: directory.path, env })
    await gateway.says('is ready')
    const examined = await mchat(['doctor'], { cwd: directory.path, env })
    expect([examined.code, examined.stderr]).toEqual([0, expect.stringContaining('Nothing has to change.')])
  })

  test('lets everybody in at once who is in the database', async () => {
    await using cluster = await startCluster(1)
    const people = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const { group_id } = await cluster.gateway.foundGroup({ members: people })
    const { MCHAT_SECRET, ...common } = cluster.environment
    await using directory = await tempDirectory()
    const env = { MCHAT_DATABASE_URL: common.MCHAT_DATABASE_URL ?? '', MCHAT_SECRET: MCHAT_SECRET ?? '' }
    const port = await freePort()
    const written = await init(directory.path, ['--port', String(port), '--with-organisation'], env)
    expect([written.code, written.stderr]).toEqual([0, expect.stringContaining('lets in the gateways and ')])
    const file = join(directory.path, 'mosquitto', 'mosquitto.conf')
    await using _broker = await startChildProgram(MOSQUITTO_PROGRAM, ['-c', file], port)
    const device = await people[0]?.connect({ port, binds: false })
    expect(await device?.subscribe(cluster.gateway.topics.group(group_id))).toEqual([true])
    expect(await device?.subscribe(cluster.gateway.topics.inbox(people[1]?.id ?? ''))).toEqual([false])
  })

  test('does not touch what is there, and says what is wrong in one sentence', async () => {
    await using directory = await tempDirectory()
    expect((await init(directory.path, [])).code).toBe(0)
    const again = await init(directory.path, [])
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('dynsec.json is there already')])
    for (const [args, sentence] of [
      [['--directory', 'other', '--port', '0'], '--port must be a port from 1 to 65535, but is 0.'],
      [['--directory', 'other', '--cert-file', 'c.pem'], '--cert-file and --key-file belong together.'],
      [['--directory', 'other', '--with-organisation'], 'set MCHAT_DATABASE_URL'],
      [['--directory', 'other', '--address', '10.0.0.5'], '--address is 10.0.0.5, so passwords and messages would'],
    ] as const) {
      const refused = await init(directory.path, args)
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(sentence)])
    }
    await expect(stat(join(directory.path, 'other'))).rejects.toThrow('ENOENT')
  })
})
