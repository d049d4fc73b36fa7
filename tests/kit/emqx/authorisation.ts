/** What EMQX is configured to ask, as broker-config/emqx/emqx.conf says it. */
export interface HookTarget {
  /** Scheme, host and port of a gateway. */
  readonly url: string
  readonly key: string
}

interface Rule {
  readonly permission: 'allow' | 'deny'
  readonly action: 'publish' | 'subscribe' | 'all'
  readonly topics: readonly string[]
  readonly retain: boolean | 'all'
}

export interface Identity {
  readonly clientId: string
  readonly username: string
  readonly isSuperuser: boolean
  readonly rules: readonly Rule[]
  readonly expiresAt: number | undefined
}

export interface AuthorisedAction {
  readonly action: 'publish' | 'subscribe'
  readonly topic: string
  readonly qos: number
  readonly retain: boolean
}

const REQUEST_TIMEOUT_MS = 5000
const CACHE_TTL_MS = 60_000

/** @returns undefined for what EMQX takes for `ignore`: another status or content type, no answer, no JSON object */
const ask = async (target: HookTarget, path: string, body: object): Promise<Record<string, unknown> | undefined> => {
  try {
    const response = await fetch(target.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-mchat-hook-key': target.key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.status === 204) return { result: 'allow' }
    if (response.status !== 200 || !response.headers.get('content-type')?.startsWith('application/json'))
      return undefined
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** @returns undefined when the client is refused, which it is unless the one authenticator says `allow` */
export const authenticate = async (
  target: HookTarget,
  who: { readonly clientid: string; readonly username: string; readonly password: string },
): Promise<Identity | undefined> => {
  const body = { ...who, peerhost: '127.0.0.1', cn: '' }
  const answer = await ask(target, '/broker/emqx/authentication', body)
  if (answer?.result !== 'allow') return undefined
  const rules = parseRules(answer.acl ?? [])
  const expiresAt = parseExpiry(answer.expire_at)
  if (rules === undefined || expiresAt === 'implausible') return undefined
  return {
    clientId: who.clientid,
    username: who.username,
    isSuperuser: answer.is_superuser === true,
    rules,
    expiresAt,
  }
}

const RULE_KEYS = ['permission', 'action', 'topic', 'topics', 'qos', 'retain']

/** @returns undefined for an `acl` that refuses the login */
const parseRules = (acl: unknown): Rule[] | undefined => {
  if (!Array.isArray(acl)) return undefined
  const rules: Rule[] = []
  for (const entry of acl as Record<string, unknown>[]) {
    const { action, permission, retain = 'all', topic, topics = [topic] } = entry
    const isKnown = Object.keys(entry).every((key) => RULE_KEYS.includes(key))
    const isAction = action === 'publish' || action === 'subscribe' || action === 'all'
    const areTopics = Array.isArray(topics) && topics.every((one) => typeof one === 'string' && one !== '')
    if (!isKnown || !isAction || !areTopics || (permission !== 'allow' && permission !== 'deny')) return undefined
    if (retain !== 'all' && typeof retain !== 'boolean') return undefined
    rules.push({ permission, action, topics, retain })
  }
  return rules
}

/** In seconds; the past, and what looks like milliseconds, refuse the login. */
const parseExpiry = (value: unknown): number | undefined | 'implausible' => {
  if (value === undefined) return undefined
  const now = Date.now()
  if (!Number.isInteger(value) || Number(value) * 1000 < now - 1000 || Number(value) > now / 2) return 'implausible'
  return Number(value) * 1000
}

/** What one connection may do: its `acl`, then the hook, then `no_match = deny`; remembered for a while. */
export class Authorisation {
  readonly #target: HookTarget
  readonly #identity: Identity
  readonly #cache = new Map<string, { readonly allowed: boolean; readonly until: number }>()

  constructor(target: HookTarget, identity: Identity) {
    this.#target = target
    this.#identity = identity
  }

  forget(): void {
    this.#cache.clear()
  }

  async allows(wanted: AuthorisedAction): Promise<boolean> {
    const { clientId, expiresAt, isSuperuser, rules, username } = this.#identity
    if (isSuperuser) return true
    const { action, qos, retain, topic } = wanted
    const key = JSON.stringify(wanted)
    const known = this.#cache.get(key)
    if (known !== undefined && known.until > Date.now()) return known.allowed
    // Expired rules deny.
    if (expiresAt !== undefined && expiresAt < Date.now() && rules.length > 0) return false
    const rule = rules.find((one) => applies(one, wanted))
    const body = { clientid: clientId, username, action, topic, qos: String(qos), retain: String(retain) }
    const allowed =
      rule === undefined
        ? (await ask(this.#target, '/broker/emqx/authorization', body))?.result === 'allow'
        : rule.permission === 'allow'
    if (!isExcluded(topic)) this.#cache.set(key, { allowed, until: Date.now() + CACHE_TTL_MS })
    return allowed
  }
}

/** `excludes` of the cache. */
const isExcluded = (topic: string): boolean => /mchat\/(msg\/(req|resp)|status)\//.test(topic)

const applies = (rule: Rule, { action, retain, topic }: AuthorisedAction): boolean =>
  (rule.action === 'all' || rule.action === action) &&
  (action === 'subscribe' || rule.retain === 'all' || rule.retain === retain) &&
  rule.topics.some((one) => (one.startsWith('eq ') ? one.slice(3) === topic : matches(topic, one)))

/** As `emqx_topic:match/2`: wildcards in the topic are levels like others, so `a/#` matches the filter `a/+`. */
export const matches = (topic: string, filter: string): boolean => {
  const levels = topic.split('/')
  const pattern = filter.split('/')
  if (topic.startsWith('$') && (pattern[0] === '+' || pattern[0] === '#')) return false
  for (const [i, level] of pattern.entries()) {
    if (level === '#') return true
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false
  }
  return levels.length === pattern.length
}
