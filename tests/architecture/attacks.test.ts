import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** What a test runs on, by what its file starts. */
type Bench = 'embedded' | 'mosquitto' | 'three gateways'
const BENCHES: readonly (readonly [Bench, RegExp])[] = [
  ['embedded', /\bonEveryBroker\(|\bsharedGateway\(|\bstartGateway\(|new Product\(/],
  ['mosquitto', /\bonEveryBroker\(|\bstartCluster\(/],
  ['three gateways', /\bonEveryBroker\(|\bstartCluster\((3|GATEWAYS)\b/],
]

const EVERYWHERE: readonly Bench[] = ['embedded', 'mosquitto', 'three gateways']
/** Where one gateway cannot be wrong in another way than three. */
const BROKERS: readonly Bench[] = ['embedded', 'mosquitto']
/** The network, the store of a broker's sessions, and a clock that there is only one of. */
const MOSQUITTO: readonly Bench[] = ['mosquitto']
/** The ports of the gateway itself, which are the same whatever the broker. */
const EMBEDDED: readonly Bench[] = ['embedded']
/** A budget that is not shared cannot be seen on one. */
const THREE: readonly Bench[] = ['mosquitto', 'three gateways']
/** No broker has a part in it. */
const ANYWHERE: readonly Bench[] = []

/**
 * The attacks that MChat is tried against: each has a test that names it, on each bench that is listed. `T12` is a test
 * whose name has these letters, or that stands in a suite whose name has them.
 */
const ATTACKS: Readonly<Record<string, readonly [string, readonly Bench[]]>> = {
  T01: ['connecting with a client_id of somebody else', BROKERS],
  T02: ['picking up the session of somebody else', BROKERS],
  T03: ['publishing to a request topic of somebody else', BROKERS],
  T04: ['hearing responses and inboxes of others', BROKERS],
  T05: ['wildcards', BROKERS],
  T06: ['joining the share group of the gateways', BROKERS],
  T07: ['forged deliveries', BROKERS],
  T08: ['poison that is retained', BROKERS],
  T09: ['forged wills', BROKERS],
  T10: ['will, queue and retained after a revocation', BROKERS],
  T11: ['topics made from ids', BROKERS],
  T12: ['client_ids outside the grammar', BROKERS],
  T13: ['request topics that are none', BROKERS],
  T14: ['a seq_id used again', EVERYWHERE],
  T15: ['a repetition after the session was lost', BROKERS],
  T16: ['fields of the server set by a client', BROKERS],
  T17: ['requests that are too large', BROKERS],
  T18: ['deep and wide JSON, odd numbers', BROKERS],
  T19: ['names twice', BROKERS],
  T20: ['the prototype', EVERYWHERE],
  T21: ['values of another type in every field', BROKERS],
  T22: ['other encodings', BROKERS],
  T23: ['properties of MQTT 5', BROKERS],
  T24: ['SQL in texts', BROKERS],
  T25: ['patterns, limits and cursors', BROKERS],
  T26: ['a request that makes its handler fail', BROKERS],
  T27: ['actions that one may not call', EVERYWHERE],
  T28: ['fields that one may not set', BROKERS],
  T29: ['objects of others', BROKERS],
  T30: ['hearing what is sent after a removal', EVERYWHERE],
  T31: ['sending after a removal', EVERYWHERE],
  T32: ['devices of somebody who is disabled', EVERYWHERE],
  T33: ['a session that has expired', BROKERS],
  T34: ['stolen credentials', BROKERS],
  T35: ['guessing passwords and tokens', BROKERS],
  T36: ['guessing the code of a challenge', BROKERS],
  T37: ['using a challenge twice, or fifty times at once', EVERYWHERE],
  T38: ['using a challenge for something else', EVERYWHERE],
  T39: ['the last owner', BROKERS],
  T40: ['calling what is inside by its address', ANYWHERE],
  T41: ['a name that leads inside the second time', ANYWHERE],
  T42: ['redirects to what is inside', ANYWHERE],
  T43: ['responses that do not end, or are bombs', ANYWHERE],
  T44: ['agents that are slow', EVERYWHERE],
  T45: ['agents that call each other', EVERYWHERE],
  T46: ['agents that speak for others', EVERYWHERE],
  T47: ['forged calls of agents', EVERYWHERE],
  T48: ['answers of agents that are none', EVERYWHERE],
  T49: ['mentions that only look like one', ANYWHERE],
  T50: ['keywords that take long, or are patterns', ANYWHERE],
  T55: ['changes without a row of the audit log', ANYWHERE],
  T56: ['changing the audit log', ANYWHERE],
  T57: ['secrets and messages where nobody looks for them', BROKERS],
  T58: ['forged lines of the log', BROKERS],
  T59: ['formulas in an export', ANYWHERE],
  T60: ['reading the audit log', BROKERS],
  T63: ['WebSockets from pages of others', EMBEDDED],
  T64: ['what the HTTP port serves', EMBEDDED],
  T65: ['many devices and gateways past one budget', THREE],
  T66: ['half-open and slow connections', BROKERS],
  T67: ['a subscriber that reads nothing', BROKERS],
  T68: ['a flood of requests, and of answers', BROKERS],
  T69: ['a flood of subscriptions', BROKERS],
  T70: ['one message to many, over and over', EVERYWHERE],
  T71: ['clocks that differ', MOSQUITTO],
  T72: ['finding out what there is by the time it takes', BROKERS],
  T73: ['starting without what makes it safe', ANYWHERE],
  T74: ['old versions of TLS, and none', EMBEDDED],
  T75: ['packages of others', ANYWHERE],
}

const files = globSync('{tests,gateway/test,schema/test}/**/*.test.ts', { cwd: ROOT }).filter(
  (file) => !file.startsWith('tests/architecture/'),
)

/** The numbers in the names of tests and suites of a file. */
const namedIn = (source: string): Set<string> => {
  const names = source.matchAll(/\b(?:test|it|describe|onEveryDatabase|onEveryBroker)\b[^'"`\n]*\(\s*(['"`])(.*?)\1/g)
  // `test.each(table)('name'` may have its table over several lines.
  const afterTables = source.matchAll(/^\s*\]\)\((['"`])(.*?)\1/gm)
  return new Set([...names, ...afterTables].flatMap(([, , name = '']) => name.match(/\bT\d\d\b/g) ?? []))
}

const found = new Map<string, Set<Bench>>()
for (const file of files) {
  const source = readFileSync(join(ROOT, file), 'utf8')
  const benches = BENCHES.filter(([, starts]) => starts.test(source)).map(([bench]) => bench)
  for (const attack of namedIn(source)) found.set(attack, (found.get(attack) ?? new Set()).union(new Set(benches)))
}

describe('every attack', () => {
  it.each(Object.entries(ATTACKS))('%s has a test on each bench', (attack, [what, benches]) => {
    const on = found.get(attack)
    expect(on, `No test names ${attack}: ${what}.`).toBeDefined()
    expect(
      benches.filter((bench) => on?.has(bench) !== true),
      `${attack}, ${what}, has no test on`,
    ).toEqual([])
  })
})
