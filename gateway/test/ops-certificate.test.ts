import { execFile } from 'node:child_process'
import { copyFile, mkdir, open, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { createTestClock } from '../../tests/kit/test-clock.ts'
import { connectTls, makeCertificate, shownBy, type TestCertificate } from '../../tests/kit/tls.ts'
import { type Certificate, openCertificate } from '../src/ops/certificate.ts'
import { createLog } from '../src/ops/log.ts'
import { createMetrics } from '../src/ops/metrics.ts'

let stack = new AsyncDisposableStack()
let directory = ''
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  directory = stack.use(await tempDirectory()).path
})
afterEach(() => stack.disposeAsync())

const DAY = 86_400_000
const RENEWED = 'the certificate was renewed'
const KEPT = 'the certificate was not renewed; the one before is kept'

interface Line {
  readonly level: string
  readonly msg: string
  readonly reason?: string
}

/** A TLS server that echoes, with a certificate that it follows. */
const serve = async ({ tls }: Pick<TestCertificate, 'tls'>, everyMs = 20) => {
  const clock = createTestClock()
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  const write = (line: string): void => {
    lines.push(JSON.parse(line))
    for (const look of waiting) look()
  }
  const log = createLog({ logLevel: 'info', logFormat: 'json', clock, write })
  const metrics = createMetrics({ version: '0', process: false })
  const certificate: Certificate = await openCertificate({ tls, clock, log, metrics, everyMs })
  stack.defer(() => certificate.close())
  const server = createServer(certificate.serverOptions, (socket) => void socket.pipe(socket))
  certificate.follow(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.defer(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  /** Resolves when there is a line with this message after those that were there at `from`. */
  const logged = (message: string, from: number): Promise<Line> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.slice(from).find(({ msg }) => msg === message)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec(await metrics.render())?.[1])
  return { certificate, clock, lines, logged, metric, port }
}

const connect = async (port: number, ca: string): Promise<TLSSocket> => {
  const socket = await connectTls(port, { ca })
  stack.defer(() => void socket.destroy())
  return socket
}

const echoes = (socket: TLSSocket): Promise<boolean> =>
  new Promise((resolve) => {
    socket.once('data', () => resolve(true))
    socket.once('close', () => resolve(false))
    socket.write('are you there?')
  })

/** The ticket that comes with the first bytes. */
const sessionOf = async (socket: TLSSocket): Promise<Buffer> => {
  const ticket = new Promise<Buffer>((resolve) => socket.once('session', resolve))
  await echoes(socket)
  return await ticket
}

const isResumed = async (port: number, ca: string, session: Buffer): Promise<boolean> => {
  const socket = await connectTls(port, { ca, session })
  const isReused = socket.isSessionReused()
  socket.destroy()
  return isReused
}

const below = async (name: string): Promise<string> => {
  const path = join(directory, name)
  await mkdir(path)
  return path
}

const ways: Record<string, (from: TestCertificate, to: TestCertificate) => Promise<void>> = {
  'moved over the old ones': async (from, to) => {
    await rename(from.tls.certFile, to.tls.certFile)
    await rename(from.tls.keyFile, to.tls.keyFile)
  },
  'written into the old ones': async (from, to) => {
    await copyFile(from.tls.certFile, to.tls.certFile)
    await copyFile(from.tls.keyFile, to.tls.keyFile)
  },
  'written with the time of the old ones': async (from, to) => {
    const then = new Date(0)
    await utimes(to.tls.certFile, then, then)
    await copyFile(from.tls.certFile, to.tls.certFile)
    await utimes(to.tls.certFile, then, then)
    await copyFile(from.tls.keyFile, to.tls.keyFile)
  },
}

test.each(Object.entries(ways))('new files that are %s are shown, and no connection ends', async (_how, replace) => {
  const first = await makeCertificate(await below('first'))
  const second = await makeCertificate(await below('second'))
  const { logged, metric, port } = await serve(first)
  const before = await connect(port, first.ca)
  const session = await sessionOf(before)
  expect(await isResumed(port, first.ca, session)).toBe(true)
  await replace(second, first)
  await logged(RENEWED, 0)
  expect(await shownBy(port)).toBe(second.fingerprint)
  expect((await connect(port, second.ca)).authorized).toBe(true)
  expect(await isResumed(port, second.ca, session)).toBe(false)
  expect(await echoes(before)).toBe(true)
  expect(await metric('mchat_tls_certificate_expires_seconds')).toBeGreaterThan(Date.now() / 1000 + 300 * 86_400)
})

test('a link that leads elsewhere, as Kubernetes swaps them, is followed', async () => {
  const [one, two] = [await below('one'), await below('two')]
  const [first, second] = [await makeCertificate(one), await makeCertificate(two)]
  await symlink(one, join(directory, 'data'))
  await symlink('data/cert.pem', join(directory, 'cert.pem'))
  await symlink('data/key.pem', join(directory, 'key.pem'))
  const tls = { ...first.tls, certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') }
  const { logged, port } = await serve({ tls })
  expect(await shownBy(port)).toBe(first.fingerprint)
  await symlink(two, join(directory, 'data.new'))
  await rename(join(directory, 'data.new'), join(directory, 'data'))
  await logged(RENEWED, 0)
  expect(await shownBy(port)).toBe(second.fingerprint)
})

test('between a new certificate and its key the old pair is shown', async () => {
  const first = await makeCertificate(await below('first'))
  const second = await makeCertificate(await below('second'))
  const { logged, port } = await serve(first)
  await rename(second.tls.certFile, first.tls.certFile)
  expect((await logged(KEPT, 0)).reason).toMatch(/cannot be used: /)
  expect(await shownBy(port)).toBe(first.fingerprint)
  await rename(second.tls.keyFile, first.tls.keyFile)
  await logged(RENEWED, 0)
  expect(await shownBy(port)).toBe(second.fingerprint)
})

test.each([
  ['is of another certificate', 'ec'],
  ['is of another kind', 'rsa'],
] as const)('a key that %s does not belong to it', async (_what, kind) => {
  const first = await makeCertificate(await below('first'))
  const other = await makeCertificate(await below('other'), { kind })
  const { lines, logged, metric, port } = await serve(first)
  await rename(other.tls.keyFile, first.tls.keyFile)
  expect((await logged(KEPT, 0)).reason).toBe(
    `The certificate ${first.tls.certFile} and the key ${first.tls.keyFile} cannot be used: they do not belong together.`,
  )
  expect(await shownBy(port)).toBe(first.fingerprint)
  // It is tried again, counted each time and said once.
  while ((await metric('mchat_tls_certificate_failures_total')) < 3) await shownBy(port)
  expect(lines.filter(({ msg }) => msg === KEPT)).toHaveLength(1)
})

test('what cannot be read or is no certificate changes nothing, and its content is not told', async () => {
  const first = await makeCertificate(directory)
  const { certificate, lines, metric, port } = await serve(first, 3_600_000)
  const { certFile, keyFile } = first.tls
  const key = await readFile(keyFile, 'utf8')
  const look = async (): Promise<string> => {
    await certificate.look()
    expect(await shownBy(port)).toBe(first.fingerprint)
    return lines.at(-1)?.reason ?? ''
  }
  await writeFile(keyFile, 'hunter2')
  expect(await look()).toContain('cannot be used: ')
  await rename(keyFile, join(directory, 'away'))
  expect(await look()).toBe(`The TLS file ${keyFile} cannot be read: it does not exist.`)
  await writeFile(keyFile, key.slice(0, 100))
  expect(await look()).toContain('cannot be used: ')
  await writeFile(keyFile, key)
  await writeFile(certFile, '')
  expect(await look()).toContain('cannot be used: ')
  expect(await metric('mchat_tls_certificate_failures_total')).toBe(4)
  expect(JSON.stringify(lines)).not.toMatch(/hunter2|BEGIN/)
})

test('a look that takes long does not bring back what a later one has replaced', async () => {
  const first = await makeCertificate(await below('first'))
  const second = await makeCertificate(await below('second'))
  const { certificate, port } = await serve(first, 3_600_000)
  const { certFile, keyFile } = first.tls
  // Whoever reads a pipe waits for its writer.
  await rename(certFile, join(directory, 'away'))
  await promisify(execFile)('mkfifo', [certFile])
  const early = certificate.look()
  const writer = await open(certFile, 'w')
  await rename(second.tls.certFile, certFile)
  await rename(second.tls.keyFile, keyFile)
  const late = certificate.look()
  // With one look at a time nothing happens before the pipe ends; with two the later is done by then.
  await shownBy(port)
  await writer.writeFile(first.ca)
  await writer.close()
  await Promise.all([early, late])
  expect(await shownBy(port)).toBe(second.fingerprint)
})

test('somebody is told in time that a certificate expires, and once a day', async () => {
  const made = await makeCertificate(directory)
  const { certificate, clock, lines } = await serve(made, 3_600_000)
  const after = async (days: number): Promise<void> => {
    clock.advance(days * DAY)
    await certificate.look()
  }
  await after(350)
  expect(certificate.warning()).toBeUndefined()
  expect(lines).toEqual([])
  await after(2)
  expect(certificate.warning()).toMatch(/cert\.pem expires on \d{4}-\d\d-\d\d, in 12 days\.$/)
  await after(0.5)
  expect(lines.map(({ level }) => level)).toEqual(['warn'])
  await after(0.5)
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn'])
  await after(11.5)
  expect(certificate.warning()).toMatch(/, within a day\.$/)
  await after(1)
  expect(certificate.warning()).toMatch(
    /cert\.pem expired on \d{4}-\d\d-\d\d, so clients that check it cannot connect; /,
  )
  expect(lines.at(-1)).toMatchObject({ level: 'error', msg: 'the certificate has expired' })
})

test('one that has expired already is said to be, and is shown all the same', async () => {
  const made = await makeCertificate(directory, { isExpired: true })
  const { lines, port } = await serve(made)
  expect(lines).toEqual([
    expect.objectContaining({ level: 'error', msg: 'the certificate has expired', file: made.tls.certFile }),
  ])
  expect(await shownBy(port)).toBe(made.fingerprint)
  await expect(connectTls(port, { ca: made.ca })).rejects.toThrow('certificate has expired')
})
