import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import type { Config } from '../../gateway/src/config.ts'

export interface TestCertificate {
  readonly tls: NonNullable<Config['tls']>
  /** The certificate itself, which nobody else has signed. */
  readonly ca: string
  readonly fingerprint: string
}

export interface CertificateOptions {
  readonly kind?: 'ec' | 'rsa'
  readonly isExpired?: boolean
  readonly minVersion?: '1.2' | '1.3'
}

const KINDS = { ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], rsa: ['rsa:2048'] } as const

/** Makes `cert.pem` and `key.pem` in the directory: this machine's for a year, or yesterday's. */
export const makeCertificate = async (
  directory: string,
  options: CertificateOptions = {},
): Promise<TestCertificate> => {
  const { isExpired = false, kind = 'ec', minVersion = '1.3' } = options
  const certFile = join(directory, 'cert.pem')
  const keyFile = join(directory, 'key.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const files = ['-keyout', keyFile, '-out', certFile]
  await openssl('req', '-x509', '-newkey', ...KINDS[kind], '-nodes', '-days', '365', ...subject, ...files)
  if (isExpired) await openssl('x509', '-in', certFile, '-signkey', keyFile, '-days', '-1', '-out', certFile)
  const ca = await readFile(certFile, 'utf8')
  return { tls: { certFile, keyFile, minVersion }, ca, fingerprint: new X509Certificate(ca).fingerprint256 }
}

const run = promisify(execFile)
const openssl = (...parameters: readonly string[]): Promise<unknown> => run('openssl', parameters)

/** A TLS connection to this machine, after its handshake. @throws when there is none */
export const connectTls = async (port: number, options: ConnectionOptions): Promise<TLSSocket> => {
  const { promise, reject, resolve } = Promise.withResolvers<TLSSocket>()
  const socket = connect({ host: '127.0.0.1', port, ...options }, () => resolve(socket))
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('The connection was closed.')))
  return await promise
}

/** What a new connection is shown. */
export const shownBy = async (port: number): Promise<string> => {
  // It is looked at, not trusted.
  const socket = await connectTls(port, { rejectUnauthorized: false })
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}
