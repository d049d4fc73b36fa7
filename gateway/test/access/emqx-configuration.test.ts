import { createTopics } from '@mchat/schema'
import { expect, test } from 'vitest'
import { renderEmqxConfiguration } from '../../src/access/emqx/configuration.ts'
import { createEmqxHooks } from '../../src/access/emqx/hooks.ts'
import type { Directory } from '../../src/db/directory.ts'

const options = {
  hookUrl: 'https://gateways.example.org:8080',
  hookKey: 'k'.repeat(32),
  tls: { certFile: '/tls/cert.pem', keyFile: '/tls/key.pem' },
  gatewayAddress: '10.0.0.5',
}
const text = renderEmqxConfiguration(options)

const VALUES: Readonly<Record<string, string>> = {
  clientid: 'ann_web_1',
  username: 'ann',
  password: 'x',
  peerhost: '127.0.0.1',
  cert_common_name: '',
  action: 'subscribe',
  topic: '#',
  qos: '1',
  retain: 'false',
}

/** What EMQX would ask: the placeholders of each body filled in. */
const bodies = [...text.matchAll(/^\s*body \{\n([\s\S]*?)\n\s*\}/gm)].map(([, lines = '']) =>
  Object.fromEntries(
    [...lines.matchAll(/^\s*(\w+) = "\$\{(\w+)\}"$/gm)].map(([, name = '', placeholder = '']) => [
      name,
      VALUES[placeholder] ?? 'unknown',
    ]),
  ),
)
test('what EMQX is told to ask is what the gateway answers', async () => {
  const { hooks } = createEmqxHooks({
    topics: createTopics(),
    directory: {} as Directory,
    groupDelivery: 'topic',
    hookKey: options.hookKey,
    gateway: { username: 'gateway', password: 'x' },
    login: async () => undefined,
    probes: { verify: () => undefined },
    arrivals: { coming: () => ({ admitted() {} }) },
    onRefused: () => {},
    onError: () => {},
  })
  expect(bodies).toHaveLength(hooks.length)
  for (const [i, hook] of hooks.entries()) {
    expect(text).toContain(`"${options.hookUrl}${hook.path}"`)
    expect(await hook.answer(bodies[i], () => undefined)).toEqual({ result: 'deny' })
    expect(hook.mayAsk((name) => (name === 'x-mchat-hook-key' ? options.hookKey : undefined))).toBe(true)
  }
  expect(text).toContain(`"x-mchat-hook-key" = "${options.hookKey}"`)
})

test('nothing is allowed that no gateway has allowed', () => {
  expect(text.match(/^authentication = \[\{$/gm)).toHaveLength(1)
  expect(text.match(/type = http/g)).toHaveLength(1)
  expect(text).toContain('no_match = deny')
  expect(text).not.toMatch(/type = (file|built_in_database)$/m)
  expect(text).toContain('verify = verify_peer')
})

test('brackets and quotes are closed, whatever is on', () => {
  for (const given of [options, { ...options, durableSessions: true, hookUrl: 'http://10.0.0.6:8080' }]) {
    const lines = renderEmqxConfiguration(given).replaceAll(/^\s*#.*$/gm, '')
    for (const [open, close] of ['{}', '[]'].map((pair) => [...pair])) {
      expect(lines.split(open ?? '').length).toBe(lines.split(close ?? '').length)
    }
    for (const line of lines.split('\n')) expect(line.split('"').length % 2).toBe(1)
  }
})
