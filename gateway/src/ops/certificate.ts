import type { Server, TlsOptions } from 'node:tls'
import type { Config } from '../config.ts'
import type { Clock } from '../platform/clock.ts'
import { type KeyPair, readKeyPair } from '../platform/tls.ts'
import { UserError } from '../platform/user-error.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** What the listeners show to clients. It follows its files, so that a renewed certificate costs no connection. */
export interface Certificate {
  /** For a server that is made now; give that server to `follow`, too. */
  readonly serverOptions: TlsOptions
  /** New connections of this server get whatever the files hold by then. */
  follow(server: Pick<Server, 'setSecureContext'>): void
  /**
   * Looks at the files, which happens every ten seconds by itself. What cannot be used is logged and counted, the one
   * before stays, and the next look tries again.
   */
  look(): Promise<void>
  /** That it has expired or is about to, in a sentence. */
  warning(): string | undefined
  /** Stops looking. */
  close(): void
}

export interface CertificateOptions {
  readonly tls: NonNullable<Config['tls']>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly metrics: Pick<Metrics, 'gauge' | 'total'>
  readonly everyMs?: number
}

const DAY = 86_400_000
const LOOK_EVERY_MS = 10_000
const WARN_MS = 14 * DAY

/** @throws UserError when there is nothing to begin with */
export const openCertificate = async (options: CertificateOptions): Promise<Certificate> => {
  const { clock, everyMs = LOOK_EVERY_MS, log, metrics, tls } = options
  const servers: Pick<Server, 'setSecureContext'>[] = []
  let current = await readKeyPair(tls)
  let problem: string | undefined
  let failures = 0
  let warnedAt = Number.NEGATIVE_INFINITY

  const warn = (): void => {
    const left = current.expiresAt - clock.now()
    if (left >= WARN_MS || clock.now() - warnedAt < DAY) return
    warnedAt = clock.now()
    const fields = { file: tls.certFile, expires: new Date(current.expiresAt).toISOString() }
    if (left > 0) log.warn(fields, 'the certificate expires soon')
    else log.error(fields, 'the certificate has expired')
  }
  const attempt = async (): Promise<void> => {
    try {
      const found = await readKeyPair(tls)
      problem = undefined
      if (isSame(found, current)) return
      for (const server of servers) server.setSecureContext(found.context)
      current = found
      warnedAt = Number.NEGATIVE_INFINITY
      log.info({ expires: new Date(found.expiresAt).toISOString() }, 'the certificate was renewed')
    } catch (error) {
      failures++
      const reason = error instanceof UserError ? error.message : String(error)
      if (reason !== problem) log.warn({ reason }, 'the certificate was not renewed; the one before is kept')
      problem = reason
    }
  }
  // One look after the other: of two at once the older could win.
  let last: Promise<void> = Promise.resolve()
  const look = (): Promise<void> => {
    last = last.then(attempt).then(warn)
    return last
  }
  let timer: NodeJS.Timeout | undefined
  const schedule = (): void => {
    timer = setTimeout(() => void look().then(() => timer !== undefined && schedule()), everyMs).unref()
  }

  metrics.gauge(
    'mchat_tls_certificate_expires_seconds',
    'When the certificate that clients are shown expires, in seconds since 1970.',
    () => current.expiresAt / 1000,
  )
  metrics.total(
    'mchat_tls_certificate_failures_total',
    'Looks at the files of the certificate that found nothing usable.',
    () => failures,
  )
  warn()
  schedule()
  return {
    get serverOptions() {
      return current.context
    },
    follow: (server) => void servers.push(server),
    look,
    warning: () => warningOf(current, tls.certFile, clock.now()),
    close() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

/**
 * By what is in the files, not by their times and numbers: those say nothing about a link that leads elsewhere, a copy
 * that kept its time, or a file that was written while it was read.
 */
const isSame = (one: KeyPair, other: KeyPair): boolean =>
  one.context.cert.equals(other.context.cert) && one.context.key.equals(other.context.key)

const warningOf = ({ expiresAt }: KeyPair, certFile: string, now: number): string | undefined => {
  if (expiresAt - now >= WARN_MS) return undefined
  const date = new Date(expiresAt).toISOString().slice(0, 10)
  if (expiresAt <= now) {
    return `The certificate ${certFile} expired on ${date}, so clients that check it cannot connect; a new one in its place is noticed without a restart.`
  }
  const days = Math.floor((expiresAt - now) / DAY)
  return `The certificate ${certFile} expires on ${date}, ${days === 0 ? 'within a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`}.`
}
