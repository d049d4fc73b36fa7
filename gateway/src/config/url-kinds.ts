import { type Kind, text } from './kinds.ts'

/** What is wrong about a URL that a setting may hold: a password in it would be printed. */
export const refuseUrl = (value: string, protocol: RegExp, otherwise: string): string | undefined => {
  const url = URL.parse(value)
  if (url === null || !protocol.test(url.protocol) || url.hostname === '') return otherwise
  return url.username === '' && url.password === '' ? undefined : 'has a user or a password in it'
}

const NOT_HTTP = 'is not an http:// or https:// URL'

export const httpUrl = (example: string): Kind<string> => ({
  ...text(`a URL such as ${example}`),
  refuse: (value) => refuseUrl(value, /^https?:$/, NOT_HTTP),
})

/** Scheme, host and port. */
export const httpBaseUrl = (example: string): Kind<string> => ({
  ...text(`a URL such as ${example}, without a path`),
  refuse(value) {
    const problem = refuseUrl(value, /^https?:$/, NOT_HTTP)
    if (problem !== undefined) return problem
    const { hash, pathname, search } = new URL(value)
    return pathname === '/' && search === '' && hash === '' ? undefined : 'has a path'
  },
})
