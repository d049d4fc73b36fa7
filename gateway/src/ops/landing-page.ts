import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'

export interface LandingAddresses {
  readonly mqtt: string
  /** undefined: clients cannot. */
  readonly webSocket: string | undefined
}

interface LandingText {
  readonly lang: Config['language']
  readonly what: string
  readonly connect: string
  readonly mqtt: string
  readonly webSocket: string
  readonly first: string
  readonly operate: string
  readonly health: string
  readonly ready: string
  readonly metrics: string
  readonly keys: string
  readonly docs: string
}

const TEXTS: Readonly<Record<Config['language'], LandingText>> = {
  en: {
    lang: 'en',
    what: 'Instant messaging for organisations over MQTT, where people and AI agents are colleagues. This is the gateway; there is nothing to log in to on this page.',
    connect: 'Connect',
    mqtt: 'MQTT',
    webSocket: 'MQTT over WebSocket',
    first:
      'The first administrator’s credentials are in first-admin.json in the data directory. README.md shows how to send a first message.',
    operate: 'Operate',
    health: 'the process is alive',
    ready: 'it takes requests',
    metrics: 'metrics for Prometheus, for this machine and the networks the configuration allows',
    keys: 'the public key of what this deployment signs',
    docs: 'Documentation: README.md, docs/architecture.md and docs/reference/ in the source tree.',
  },
  'zh-CN': {
    lang: 'zh-CN',
    what: '基于 MQTT 的企业即时通讯，人与 AI 智能体在同一组织中共事。这里是网关，本页无需登录。',
    connect: '连接',
    mqtt: 'MQTT',
    webSocket: 'MQTT over WebSocket',
    first: '首位管理员的凭证在数据目录的 first-admin.json 中。README.zh-CN.md 说明如何发出第一条消息。',
    operate: '运维',
    health: '进程存活',
    ready: '可以处理请求',
    metrics: 'Prometheus 指标，仅限本机和配置允许的网段',
    keys: '本部署签名所用的公钥',
    docs: '文档：源码中的 README.zh-CN.md、docs/architecture.md 与 docs/reference/。',
  },
}

const STYLE =
  'body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color:#1f2328;background:#fff}' +
  'code{background:#eff1f3;padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .5rem}' +
  '@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}code{background:#21262d}a{color:#58a6ff}}'

/** The only style the page may have, for the Content-Security-Policy. */
export const LANDING_STYLE_HASH: string = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

/** Chinese when the browser prefers it to English, otherwise the language of the deployment. */
export const landingLanguage = (
  acceptLanguage: string | undefined,
  fallback: Config['language'],
): Config['language'] => {
  const preferred = (acceptLanguage ?? '')
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.trim().toLowerCase().split(';')
      const q = parameters
        .map((parameter) => /^\s*q=([0-9.]+)$/.exec(parameter)?.[1])
        .find((value) => value !== undefined)
      return { tag, q: q === undefined ? 1 : Number(q) }
    })
    .filter(({ tag, q }) => q > 0 && /^(zh|en)\b/.test(tag))
    .sort((a, b) => b.q - a.q)
  const first = preferred[0]?.tag
  if (first === undefined) return fallback
  return first.startsWith('zh') ? 'zh-CN' : 'en'
}

export const renderLandingPage = (
  language: Config['language'],
  version: string,
  addresses: LandingAddresses,
): string => {
  const t = TEXTS[language]
  const link = (path: string, text: string): string =>
    `<dt><a href="${path}">${path}</a></dt><dd>${escapeHtml(text)}</dd>`
  const address = (name: string, value: string): string =>
    `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(value)}</code></dd>`
  return `<!doctype html>
<html lang="${t.lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>MChat</title><style>${STYLE}</style></head>
<body>
<h1>MChat <small>${escapeHtml(version)}</small></h1>
<p>${escapeHtml(t.what)}</p>
<h2>${escapeHtml(t.connect)}</h2>
<dl>${address(t.mqtt, addresses.mqtt)}${addresses.webSocket === undefined ? '' : address(t.webSocket, addresses.webSocket)}</dl>
<p>${escapeHtml(t.first)}</p>
<h2>${escapeHtml(t.operate)}</h2>
<dl>${link('/healthz', t.health)}${link('/readyz', t.ready)}${link('/metrics', t.metrics)}${link('/.well-known/jwks.json', t.keys)}</dl>
<p>${escapeHtml(t.docs)}</p>
</body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
