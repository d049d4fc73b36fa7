import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { compose, type RunningGateway } from '../compose.ts'
import { type Config, configWarnings } from '../config.ts'
import type { DirectoryLock } from '../db/directory-lock.ts'
import { createLog, type Log } from '../ops/log.ts'
import { systemClock } from '../platform/clock.ts'
import { addressesOf, banner, EMBEDDED_DATABASE_WARNING, EMBEDDED_WARNING } from './banner.ts'
import { lockDataDirectory } from './data-directory.ts'
import { EXIT } from './exit-codes.ts'
import { explainFailure } from './failure.ts'
import { say } from './say.ts'

/** How long stopping may take before it is given up. */
const DRAIN_MS = 25_000

/** Runs a gateway until it is told to stop. @returns the exit code */
export const start = async (config: Config): Promise<number> => {
  const log = createLog({ logLevel: config.logLevel, logFormat: config.logFormat, clock: systemClock() })
  try {
    return await run(config, log)
  } catch (error) {
    const sentence = explainFailure(error, config)
    if (sentence === undefined) {
      log.error({ error }, 'failed')
      say('MChat failed because of a defect in it; the log says where.')
      return EXIT.internal
    }
    log.error({ reason: sentence }, 'not started')
    say(sentence)
    return EXIT.userError
  } finally {
    log.flush()
  }
}

const run = async (config: Config, log: Log): Promise<number> => {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<number>()
  const lock = await lockDataDirectory(config.dataDir, () => {
    // Another process writes there now. Everything this one would still do could damage what the other has.
    exitAtOnce(log, 'another process has taken the data directory', EXIT.userError)
  })
  if (await isFirstStart(config)) say(`Preparing ${config.dataDir} …`)
  const running = await composeOrRelease(config, log, lock)
  dieOfDefects(log)
  onSignals(log, () => stop(EXIT.done))
  onHangup(log, running)
  void running.lost.then((reason) => exitAtOnce(log, reason, EXIT.userError))
  await announce(config, log, running)

  const code = await stopped
  const impatient = setTimeout(() => exitAtOnce(log, 'stopping took too long', EXIT.internal), DRAIN_MS)
  await running.close()
  await lock.release()
  clearTimeout(impatient)
  log.info({}, 'stopped')
  return code
}

/** Making the embedded database takes some seconds, in which nothing else would be said. */
const isFirstStart = async (config: Config): Promise<boolean> =>
  config.databaseUrl === undefined &&
  (await access(join(config.dataDir, 'database')).then(
    () => false,
    () => true,
  ))

const composeOrRelease = async (config: Config, log: Log, lock: DirectoryLock): Promise<RunningGateway> => {
  try {
    return await compose(config, log)
  } catch (error) {
    await lock.release()
    throw error
  }
}

const announce = async (config: Config, log: Log, running: RunningGateway): Promise<void> => {
  const embedded = config.broker.kind === 'embedded' ? EMBEDDED_WARNING : EMBEDDED_DATABASE_WARNING
  const aboutDatabase = config.databaseUrl === undefined ? [embedded] : running.warnings
  const warnings = [...configWarnings(config), ...aboutDatabase]
  const { path } = running.firstAdmin
  const hasCredentials = await access(path).then(
    () => true,
    () => false,
  )
  for (const warning of warnings) log.warn({}, warning)
  const { console, mqtt, webSocket } = addressesOf(config, running)
  log.info(
    { version: config.version, console, mqtt, web_socket: webSocket, ...(hasCredentials ? { first_admin: path } : {}) },
    'ready',
  )
  say(banner(config, running, hasCredentials))
  for (const warning of warnings) say(`Warning: ${warning}`)
  // The log has it already.
  const expiry = running.certificate?.warning()
  if (expiry !== undefined) say(`Warning: ${expiry}`)
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

/** The first signal stops in order, the second at once. */
const onSignals = (log: Log, stop: () => void): void => {
  let signals = 0
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      signals++
      if (signals > 1) exitAtOnce(log, 'stopped at once by a second signal', code)
      log.info({ signal }, 'stopping')
      say('Stopping: finishing what is under way. The same signal again stops at once.')
      stop()
    })
  }
}

/** Where there is nothing to read again SIGHUP ends the process, as a terminal that is closed means it. */
const onHangup = (log: Log, { certificate }: RunningGateway): void => {
  if (certificate === undefined) return
  process.on('SIGHUP', () => {
    log.info({ signal: 'SIGHUP' }, 'looking at the certificate')
    void certificate.look()
  })
}

/** After an error nobody has caught the state is unknown: only a new process is sure to keep the promises. */
const dieOfDefects = (log: Log): void => {
  const die = (error: unknown): void => {
    log.error({ error: error instanceof Error ? error : new Error(String(error)) }, 'an error was not caught')
    exitAtOnce(log, 'an error was not caught; it is in the log', EXIT.internal)
  }
  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
}

const exitAtOnce = (log: Log, why: string, code: number): never => {
  log.error({ code }, why)
  log.flush()
  say(`MChat exits: ${why}.`)
  process.exit(code)
}
