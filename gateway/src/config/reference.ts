import { formatBytes } from './kinds.ts'
import type { Setting } from './setting.ts'
import type { SettingKey } from './settings.ts'
import { SETTING_ENTRIES } from './sources.ts'

/** The default as it would be written; empty where there is none. */
const defaultText = (key: SettingKey, value: unknown): string => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return ''
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'number' && key.endsWith('Bytes')) return formatBytes(value)
  if (typeof value === 'number' && /BytesPer/.test(key)) return formatBytes(value)
  return String(value)
}

const sections = (): ReadonlyMap<string, readonly (readonly [SettingKey, Setting<unknown>])[]> =>
  Map.groupBy(SETTING_ENTRIES, ([key]) => (key.includes('.') ? (key.split('.')[0] ?? '') : ''))

/** For `mchat --help`: every variable, its default and its sentence. */
export const renderSettingsHelp = (): string => {
  const lines = ['Settings (environment; docs/reference/configuration.md has the same for mchat.yaml):']
  for (const [key, { env, default: value, kind, secret, sentence }] of SETTING_ENTRIES) {
    const text = defaultText(key, value)
    lines.push(`  ${env}${text === '' ? '' : `=${text}`}${secret ? ` (or ${env}_FILE)` : ''}`)
    lines.push(`      ${sentence}${kind.options === undefined ? '' : ` One of ${kind.options.join(', ')}.`}`)
  }
  return lines.join('\n')
}

/** docs/reference/configuration.md. */
export const renderConfigurationReference = (): string => {
  const parts = [
    '# Configuration',
    '<!-- Generated from gateway/src/config/settings.ts by `npm run generate`; change it there. -->',
    'A setting is an environment variable, or a key in a YAML file: `mchat.yaml` in the working directory, or the file that `--config` or `MCHAT_CONFIG` names. The environment wins. An empty variable counts as not set. `mchat init` writes a file with every setting in it, commented out.',
    'Everything that is wrong is reported at once, and MChat does not start. A setting that does not exist is wrong too, so a slip of the finger does not pass unnoticed.',
    'Secrets can be kept out of the environment: `MCHAT_DATABASE_URL_FILE=/run/secrets/database` reads `MCHAT_DATABASE_URL` from that file. Relative paths are relative to the working directory, and in a YAML file to that file.',
  ]
  for (const [section, entries] of sections()) {
    if (section !== '') parts.push(`## \`${section}\``)
    parts.push(
      [
        '| Key | Variable | Value | Default |',
        '| --- | --- | --- | --- |',
        ...entries.map(([key, setting]) => row(key, setting)),
      ].join('\n'),
    )
  }
  parts.push(
    '## Examples',
    'One gateway for a small team, encrypted, on a server of its own:',
    [
      '```yaml',
      'host: 0.0.0.0',
      'publicHost: chat.example.org',
      'mqttPort: 8883',
      'httpPort: 443',
      'dataDir: /var/lib/mchat',
      'tls:',
      '  certFile: /etc/mchat/fullchain.pem',
      '  keyFile: /etc/mchat/key.pem',
      '```',
    ].join('\n'),
    'Behind a proxy on the same machine that does the encryption (docs/tls.md):',
    [
      '```yaml',
      'publicHost: chat.example.org',
      'publicMqttPort: 8883',
      'publicHttpPort: 443',
      'publicTls: on',
      'trustedProxies: [127.0.0.1]',
      'allowedOrigins: [https://chat.example.org]',
      '```',
    ].join('\n'),
  )
  return `${parts.join('\n\n')}\n`
}

const row = (key: SettingKey, { env, kind, default: value, secret, sentence }: Setting<unknown>): string => {
  const text = defaultText(key, value)
  const cells = [
    `\`${key}\``,
    `\`${env}\`${secret ? `, \`${env}_FILE\`` : ''}`,
    `${sentence} Must be ${kind.expected}.`,
    text === '' ? '' : `\`${text}\``,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** What `mchat init` writes: every setting with its default, commented out. */
export const renderConfigurationFile = (): string => {
  const lines = [
    '# Settings of MChat. Remove the "#" in front of a setting to change it; what is not set has the default shown.',
    '# An environment variable of the name in parentheses wins over this file.',
  ]
  for (const [section, entries] of sections()) {
    if (section !== '') lines.push('', `${section}:`)
    const indent = section === '' ? '' : '  '
    for (const [key, { env, default: value, sentence }] of entries) {
      const name = section === '' ? key : key.slice(section.length + 1)
      lines.push('', `${indent}# ${sentence} (${env})`, `${indent}# ${name}: ${yamlText(key, value)}`.trimEnd())
    }
  }
  return `${lines.join('\n')}\n`
}

const yamlText = (key: SettingKey, value: unknown): string =>
  Array.isArray(value) ? `[${defaultText(key, value)}]` : defaultText(key, value)
