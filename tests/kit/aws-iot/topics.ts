import type { Quotas } from './quotas.ts'

const SHARED = /^\$share\/([^/+#]+)\/(.+)$/s

export const isShared = (filter: string): boolean => filter.startsWith('$share/')

/** The real filter of a shared subscription, and the others as they are. */
export const realFilter = (filter: string): string => SHARED.exec(filter)?.[2] ?? filter

const hasWildcard = (filter: string): boolean => /[+#]/.test(filter)

/** Unlike elsewhere `a/#` matches `a/` and what is below it, and not `a` itself. */
export const matches = (topic: string, filter: string): boolean => {
  const levels = topic.split('/')
  const pattern = filter.split('/')
  for (const [i, level] of pattern.entries()) {
    if (level === '#') return i < levels.length
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false
  }
  return levels.length === pattern.length
}

/** Topics that begin with a dollar sign are AWS's own, and nothing here knows them. */
export const isTopic = (topic: string, quotas: Quotas): boolean =>
  isWithin(topic, quotas) && !topic.startsWith('$') && !hasWildcard(topic)

/** The two slashes of `$share/{group}/` do not count. */
export const isFilter = (filter: string, quotas: Quotas): boolean => {
  const real = realFilter(filter)
  const levels = real.split('/')
  const isSound = levels.every(
    (level, i) => level === '+' || (level === '#' && i === levels.length - 1) || !hasWildcard(level),
  )
  return isWithin(real, quotas) && !real.startsWith('$') && isSound
}

const isWithin = (text: string, { topicBytes, topicSlashes }: Quotas): boolean =>
  text !== '' &&
  !text.includes('\0') &&
  Buffer.byteLength(text) <= topicBytes &&
  text.split('/').length - 1 <= topicSlashes
