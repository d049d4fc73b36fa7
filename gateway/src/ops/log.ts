import pino from 'pino'
import type { Config } from '../config.ts'
import type { Clock } from '../platform/clock.ts'
import { type LogFields, plainFields } from './log-fields.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * One JSON line per event. Lines are gathered and written a moment later, so that logging never holds up a message;
 * `warn` and `error` are written at once. The fields: docs/reference/log.md.
 */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  isEnabled(level: LogLevel): boolean
  /** Writes what is gathered, waiting for it; for the end of the process. */
  flush(): void
}

export interface LogOptions extends Pick<Config, 'logLevel' | 'logFormat'> {
  readonly clock: Pick<Clock, 'timestamp'>
  /** Takes each finished line, its line break included. Default: standard output. */
  readonly write?: (line: string) => void
}

export const createLog = (options: LogOptions): Log => {
  const output = options.write === undefined ? standardOutput() : { write: options.write, flush: noop, flushSync: noop }
  const format = options.logFormat === 'pretty' ? prettyLine : singleLine
  const logger = pino(
    {
      level: options.logLevel,
      base: null,
      timestamp: () => `,"time":"${options.clock.timestamp()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => output.write(format(line)) },
  )
  const isEnabled = (level: LogLevel): boolean => logger.isLevelEnabled(level)
  const write =
    (level: LogLevel, urgent: boolean) =>
    (fields: LogFields, message: string): void => {
      if (!isEnabled(level)) return
      logger[level](plainFields(fields), message)
      if (urgent) output.flush()
    }
  return {
    debug: write('debug', false),
    info: write('info', false),
    warn: write('warn', true),
    error: write('error', true),
    isEnabled,
    flush: () => output.flushSync(),
  }
}

/** A log that says nothing, for tests and tools. */
export const silentLog: Log = {
  debug: noop,
  info: noop,
  warn: noop,
  error: noop,
  isEnabled: () => false,
  flush: noop,
}

function noop(): void {}

const FLUSH_AFTER_MS = 250

const standardOutput = (): { write(line: string): void; flush(): void; flushSync(): void } => {
  // Past maxLength (a reader that has stopped) lines are dropped: a log must not take the memory of the gateway.
  const destination = pino.destination({ dest: 1, sync: false, minLength: 4096, maxLength: 16 * 1024 * 1024 })
  // A closed pipe is no reason to stop carrying messages.
  destination.on('error', noop)
  const timer = setInterval(() => destination.flush(noop), FLUSH_AFTER_MS)
  timer.unref()
  return {
    write: (line) => destination.write(line),
    flush: () => destination.flush(noop),
    flushSync() {
      try {
        destination.flushSync()
      } catch {
        // Nobody reads it any more.
      }
    },
  }
}

/** Valid in JSON, yet a line break or a command to some terminals and log viewers. */
const TREACHEROUS = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

const escapeCharacter = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const singleLine = (line: string): string => line.replace(TREACHEROUS, escapeCharacter)

const prettyLine = (line: string): string => {
  const { level, time, msg, error, ...fields } = JSON.parse(line) as Record<string, unknown>
  const details = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const text = [String(time).slice(11, 23), String(level).padEnd(5), JSON.stringify(msg).slice(1, -1), ...details].join(
    ' ',
  )
  const stack = (error as { stack?: string } | undefined)?.stack
  const trace =
    stack === undefined
      ? ''
      : `\n  ${stack
          .split('\n')
          .map((part) => JSON.stringify(part).slice(1, -1))
          .join('\n  ')}`
  return `${singleLine(text + trace)}\n`
}
