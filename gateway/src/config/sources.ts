import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { Setting } from './setting.ts'
import { SETTINGS, type SettingKey } from './settings.ts'
import { suggest } from './suggest.ts'

/** One value as it was found, before it is checked. */
export interface Found {
  readonly raw: unknown
  /** What the operator calls it, for sentences: the variable, or the key and the file. */
  readonly name: string
  /** What a relative path in it is relative to. */
  readonly base: string
}
export type FoundValues = Map<SettingKey, Found>

export type Environment = Readonly<Record<string, string | undefined>>

export const SETTING_ENTRIES: readonly (readonly [SettingKey, Setting<unknown>])[] = Object.entries(
  SETTINGS as Readonly<Record<SettingKey, unknown>>,
) as [SettingKey, Setting<unknown>][]

const keyByEnv = new Map(SETTING_ENTRIES.map(([key, setting]) => [setting.env, key]))
const secretFileVariables = new Map(
  SETTING_ENTRIES.filter(([, setting]) => setting.secret).map(([key, setting]) => [`${setting.env}_FILE`, key]),
)

/** The variable that names the configuration file. */
export const CONFIG_FILE_VARIABLE = 'MCHAT_CONFIG'

/**
 * Variables that are not settings: those Kubernetes makes for services whose name starts with mchat
 * (`MCHAT_SERVICE_HOST`, `MCHAT_PORT=tcp://…`), and those of our own tests.
 */
const isForeign = (name: string, value: string): boolean =>
  /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$|^MCHAT_TEST_/.test(
    name,
  ) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))

/** An empty variable counts as not set, since that is how compose files leave one out. */
export const readEnvironment = (env: Environment, base: string, values: FoundValues, problems: string[]): void => {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('MCHAT_') || value === undefined || value === '' || name === CONFIG_FILE_VARIABLE) continue
    const key = keyByEnv.get(name)
    const secretKey = secretFileVariables.get(name)
    if (key !== undefined) values.set(key, { raw: value, name, base })
    else if (secretKey !== undefined) readSecretFile(secretKey, name, resolve(base, value), env, values, problems)
    else if (!isForeign(name, value)) {
      problems.push(unknown(name, [...keyByEnv.keys(), ...secretFileVariables.keys(), CONFIG_FILE_VARIABLE]))
    }
  }
}

const readSecretFile = (
  key: SettingKey,
  name: string,
  file: string,
  env: Environment,
  values: FoundValues,
  problems: string[],
): void => {
  const direct = SETTINGS[key].env
  if ((env[direct] ?? '') !== '') {
    problems.push(`${direct} and ${name} are both set; set only one of them.`)
    return
  }
  const content = readText(file, name, problems)
  if (content !== undefined) values.set(key, { raw: content.trim(), name, base: dirname(file) })
}

/**
 * @param required false: the file may be missing
 */
export const readConfigFile = (file: string, required: boolean, values: FoundValues, problems: string[]): void => {
  const content = readText(file, 'the configuration file', problems, !required)
  if (content === undefined) return
  const document = parseDocument(content, { prettyErrors: true, uniqueKeys: true })
  for (const error of document.errors) {
    problems.push(`${file} is not valid YAML: ${firstLine(error.message)}.`)
  }
  if (document.errors.length > 0) return
  let root: unknown
  try {
    root = document.toJS()
  } catch (error) {
    problems.push(`${file} is not valid YAML: ${firstLine(error instanceof Error ? error.message : String(error))}.`)
    return
  }
  if (root === null || root === undefined) return
  if (!isRecord(root)) {
    problems.push(`${file} must hold settings, one "key: value" a line.`)
    return
  }
  const base = dirname(file)
  for (const [path, raw] of flatten(root, '')) {
    if (isSettingKey(path)) values.set(path, { raw, name: `${path} in ${file}`, base })
    else if (isSection(path)) problems.push(`${path} in ${file} is a section; write its settings below it, indented.`)
    else problems.push(unknown(path, Object.keys(SETTINGS), file))
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSection = (path: string): boolean => Object.keys(SETTINGS).some((key) => key.startsWith(`${path}.`))

const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SETTINGS, key)

/** `{limits: {groupMembers: 5}}` as `limits.groupMembers`; empty values count as not set. */
function* flatten(value: Record<string, unknown>, prefix: string): Generator<readonly [string, unknown]> {
  for (const [name, item] of Object.entries(value)) {
    const path = `${prefix}${name}`
    if (item === null || item === undefined) {
      // `limits:` with nothing but comments below it is how `mchat init` writes a section.
      if (isSettingKey(path) || isSection(path)) continue
    }
    if (isRecord(item)) yield* flatten(item, `${path}.`)
    else yield [path, item]
  }
}

const readText = (file: string, what: string, problems: string[], mayBeMissing = false): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' && mayBeMissing) return undefined
    const reason =
      code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission denied' : String(code ?? error)
    problems.push(`${file} (${what}) cannot be read: ${reason}.`)
    return undefined
  }
}

const firstLine = (message: string): string => (message.split('\n')[0] ?? message).replace(/[.:]$/, '')

const unknown = (name: string, candidates: readonly string[], file?: string): string => {
  const meant = suggest(name, candidates)
  const where = file === undefined ? '' : ` in ${file}`
  return `${name}${where} is not a setting${meant === undefined ? '.' : `; did you mean ${meant}?`}`
}
