import { readFile, rename, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, test } from 'vitest'
import { MchatProcess } from '../../gateway/test/mchat-process.ts'
import { prepareDatabase } from '../kit/prepared-database.ts'
import { RawClient } from '../kit/raw-client.ts'
import { type TempDirectory, tempDirectory } from '../kit/temp-directory.ts'
import { connectTls, makeCertificate, shownBy } from '../kit/tls.ts'

const FREE_PORTS = { MCHAT_HTTP_PORT: '0', MCHAT_MQTT_PORT: '0' }

let directories: AsyncDisposableStack
beforeEach(({ onTestFinished }) => {
  directories = new AsyncDisposableStack()
  onTestFinished(() => directories.disposeAsync())
})
const newDirectory = async (): Promise<TempDirectory> => directories.use(await tempDirectory())

const portOf = (output: string, scheme: string): number =>
  Number(new RegExp(`${scheme}://127\\.0\\.0\\.1:(\\d+)`).exec(output)?.[1])

const readMetric = (port: number, ca: string, name: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics', ca, agent: false }, (response) => {
      text(response).then((page) => resolve(Number(new RegExp(`^${name} (.+)$`, 'm').exec(page)?.[1])), reject)
    }).on('error', reject)
  })

test('a certificate is renewed while a client stays connected, and a broken one changes nothing', async () => {
  const [data, old, renewed, last] = await Promise.all([newDirectory(), newDirectory(), newDirectory(), newDirectory()])
  const first = await makeCertificate(old.path)
  const second = await makeCertificate(renewed.path)
  const third = await makeCertificate(last.path)
  const { certFile, keyFile } = first.tls
  const tls = { MCHAT_TLS_CERT_FILE: certFile, MCHAT_TLS_KEY_FILE: keyFile }
  const env = { ...FREE_PORTS, ...tls, MCHAT_DATA_DIR: data.path }
  await prepareDatabase(data.path)
  await using mchat = new MchatProcess(['start'], { cwd: data.path, env })
  await mchat.says('is ready')
  const [mqtt, http] = [portOf(mchat.stderr, 'mqtts'), portOf(mchat.stderr, 'https')]
  const expectShown = async (fingerprint: string): Promise<void> => {
    expect([await shownBy(mqtt), await shownBy(http)]).toEqual([fingerprint, fingerprint])
  }

  const admin = JSON.parse(await readFile(join(data.path, 'first-admin.json'), 'utf8'))
  const { mqtt_password: password, mqtt_username: username } = admin.mqtt_connection
  await using client = new RawClient(await connectTls(mqtt, { ca: first.ca }))
  const clientId = `${username}_phone_1`
  expect(await client.connect({ clientId, username, password })).toBe(0)
  await client.subscribe(`mchat/msg/resp/${clientId}/+`)
  let requests = 0
  const expectConnected = async (): Promise<void> => {
    const topic = `mchat/msg/req/${clientId}/${++requests}`
    await client.publish({ topic, payload: '{"action":"config.server"}', qos: 1, packetId: requests })
    expect(JSON.parse((await client.nextPublish())?.payload.toString() ?? '{}')).toMatchObject({ code: 0 })
  }
  await expectConnected()
  await expectShown(first.fingerprint)

  await rename(second.tls.certFile, certFile)
  await rename(second.tls.keyFile, keyFile)
  mchat.kill('SIGHUP')
  await mchat.logs('the certificate was renewed')
  await expectShown(second.fingerprint)
  await expectConnected()

  // From here on nobody says anything: the files are noticed.
  await rename(third.tls.certFile, certFile)
  await mchat.logs('the certificate was not renewed; the one before is kept')
  await expectShown(second.fingerprint)
  await expectConnected()
  expect(await readMetric(http, second.ca, 'mchat_tls_certificate_failures_total')).toBeGreaterThan(0)
  expect(await readMetric(http, second.ca, 'mchat_tls_certificate_expires_seconds')).toBeGreaterThan(Date.now() / 1000)
  const noticed = mchat.stdout.length
  await rename(third.tls.keyFile, keyFile)
  await mchat.logs('the certificate was renewed', noticed)
  await expectShown(third.fingerprint)
  await expectConnected()

  mchat.kill('SIGTERM')
  expect((await mchat.finished).code).toBe(0)
})

test('a certificate that has expired is said loudly at the start, and one that is no certificate stops it', async () => {
  const [data, certificates] = await Promise.all([newDirectory(), newDirectory()])
  const { tls } = await makeCertificate(certificates.path, { isExpired: true })
  const files = { MCHAT_TLS_CERT_FILE: tls.certFile, MCHAT_TLS_KEY_FILE: tls.keyFile }
  const options = { cwd: data.path, env: { ...FREE_PORTS, ...files, MCHAT_DATA_DIR: data.path } }
  await prepareDatabase(data.path)
  await using mchat = new MchatProcess(['start'], options)
  await mchat.says(`Warning: The certificate ${tls.certFile} expired on `)
  expect(mchat.stdout).toMatch(/"level":"error"[^\n]*"msg":"the certificate has expired"/)
  mchat.kill('SIGTERM')
  expect((await mchat.finished).code).toBe(0)

  await writeFile(tls.keyFile, 'hunter2')
  await using broken = new MchatProcess(['start'], options)
  const { code, stderr, stdout } = await broken.finished
  expect([code, stderr]).toEqual([1, expect.stringContaining(`and the key ${tls.keyFile} cannot be used: `)])
  expect(stderr + stdout).not.toContain('hunter2')
})
