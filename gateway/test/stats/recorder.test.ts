import { STAT_RESOLUTIONS, STAT_SPANS } from '@mchat/schema'
import type { GatewayReport, StatName } from '@mchat/schema/tables'
import { expect, it } from 'vitest'
import type { Database } from '#src/db/database.ts'
import { gatewayReports } from '#src/db/repositories/gateway-reports.ts'
import { silentLog } from '#src/ops/log.ts'
import { createStatRecorder } from '#src/stats/recorder.ts'
import { tidyStats } from '#src/stats/tidy-stats.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { createTestClock } from '../../../tests/kit/test-clock.ts'
import { createRandom } from '../random.ts'

const report: GatewayReport = {
  version: '0',
  problems: [],
  connections: 0,
  people_online: 0,
  agents_online: 0,
  agent_runs: 0,
  spared: [],
  certificate_ending: false,
  storage_percent: null,
}

type Fault = 'none' | 'not sent' | 'answer lost'

onEveryDatabase('what gateways count', (kind) => {
  const shared = sharedDatabase(kind)

  /** A gateway that counts, and whose statements can fail before or after they are done. */
  const gateway = (instance: string, clock: ReturnType<typeof createTestClock>) => {
    const totals = new Map<string, { name: StatName; label: string; total: number }>()
    const groups = new Map<string, number>()
    let fault: Fault = 'none'
    const kysely = shared.current.kysely.withPlugin({
      transformQuery({ node }) {
        if (fault === 'not sent') throw new Error('not sent')
        return node
      },
      async transformResult({ result }) {
        if (fault === 'answer lost') throw new Error('answer lost')
        return result
      },
    })
    const recorder = createStatRecorder({
      database: { ...shared.current, kysely } as Database,
      instance,
      metrics: {
        eachTotal: (tell) => {
          for (const { label, name, total } of totals.values()) tell(name, label, total)
        },
        busyGroups: {
          take() {
            const taken = new Map(groups)
            groups.clear()
            return taken
          },
        },
      },
      report: async () => report,
      onWritten: () => undefined,
      clock,
      log: silentLog,
    })
    return {
      recorder,
      count(name: StatName, label: string, value: number) {
        if (name === 'group') {
          groups.set(label, (groups.get(label) ?? 0) + value)
          return
        }
        const key = `${name} ${label}`
        const known = totals.get(key) ?? { name, label, total: 0 }
        totals.set(key, { ...known, total: known.total + value })
      },
      write(how: Fault = 'none') {
        fault = how
        return recorder.write()
      },
    }
  }

  const written = async (): Promise<Record<string, number>> => {
    const rows = await shared.current.kysely.selectFrom('stat_count').selectAll().execute()
    return Object.fromEntries(
      rows.map((row) => [`${row.resolution} ${row.start.toISOString()} ${row.name} ${row.label}`, row.value]),
    )
  }

  /** Minute by minute, as somebody would count who sees everything. */
  const createModel = () => {
    const counts: Record<string, number> = {}
    return {
      counts,
      add(at: number, name: StatName, label: string, value: number) {
        for (const resolution of STAT_RESOLUTIONS) {
          const { ms } = STAT_SPANS[resolution]
          const key = `${resolution} ${new Date(Math.floor(at / ms) * ms).toISOString()} ${name} ${label}`
          counts[key] = (counts[key] ?? 0) + value
        }
      },
    }
  }

  it('is added up by minute, hour and day, of several gateways, whatever fails', async () => {
    const random = createRandom(7)
    const model = createModel()
    const clock = createTestClock()
    // Just before midnight, so that every kind of boundary is crossed.
    clock.advance(86_400_000 - (clock.now() % 86_400_000) - 90_000)
    const gateways = ['one', 'two', 'three'].map((name) => gateway(name, clock))
    for (let round = 0; round < 60; round++) {
      const now = clock.now()
      // Where a minute begins the timer goes off: nothing is counted across it.
      clock.advance(round % 12 === 11 ? 60_000 - (now % 60_000) : 5000 - (now % 5000))
      await Promise.all(
        gateways.map((each) => each.write(random.pick<Fault>(['none', 'none', 'not sent', 'answer lost']))),
      )
      const at = clock.now()
      for (const each of gateways) {
        for (const name of ['message', 'error', 'group'] as const) {
          const [label, value] = [random.pick(['a', 'b', 'c']), random.below(4)]
          if (value === 0) continue
          each.count(name, label, value)
          model.add(at, name, label, value)
        }
      }
    }
    await Promise.all(gateways.map((each) => each.write()))
    await Promise.all(gateways.map((each) => each.write()))
    expect(await written()).toEqual(model.counts)
  })

  it('is written down by gateways at the same time without one waiting for the other for ever', async () => {
    const clock = createTestClock()
    const gateways = Array.from({ length: 6 }, (_, i) => gateway(`g${i}`, clock))
    for (let round = 1; round <= 10; round++) {
      for (const [i, each] of gateways.entries()) {
        for (let label = 0; label < 20; label++) each.count('error', `e${(label * (i + 1)) % 20}`, 1)
      }
      await Promise.all(gateways.map((each) => each.write()))
    }
    const counts = Object.entries(await written())
    const minutes = counts.filter(([key]) => key.startsWith('minute'))
    expect(minutes.reduce((sum, [, value]) => sum + value, 0)).toBe(6 * 10 * 20)
  })

  it('waits while the database is away, and no more than an hour of minutes', async () => {
    const clock = createTestClock()
    clock.advance(60_000 - (clock.now() % 60_000))
    const one = gateway('one', clock)
    for (let minute = 0; minute < 90; minute++) {
      one.count('message', 'private', 1)
      await one.write('not sent')
      clock.advance(60_000)
    }
    await one.write()
    await one.write()
    const counts = Object.entries(await written())
    const minutes = counts.filter(([key]) => key.startsWith('minute'))
    expect(minutes.length).toBeLessThanOrEqual(62)
    expect(minutes.reduce((sum, [, value]) => sum + value, 0)).toBe(90)
  })

  it('is there when a gateway has stopped, which says of itself that it has not been lost', async () => {
    const clock = createTestClock()
    const one = gateway('one', clock)
    await one.write()
    const reports = () => gatewayReports.since(shared.current.kysely, new Date(0))
    expect((await reports()).map(({ instance }) => instance)).toEqual(['one'])
    one.count('message', 'private', 3)
    await one.recorder.stop()
    expect(await reports()).toEqual([])
    expect(Object.values(await written())).toEqual([3, 3, 3])
  })

  it('is kept for its time, of the groups the busiest, and a report for a day', async () => {
    const clock = createTestClock()
    const one = gateway('one', clock)
    await one.write()
    for (let i = 0; i < 300; i++) one.count('group', `g${String(i).padStart(3, '0')}`, 300 - i)
    one.count('message', 'private', 1)
    await one.write()
    const kept = async () => {
      await tidyStats(shared.current.kysely, clock.now())
      const keys = Object.keys(await written())
      return STAT_RESOLUTIONS.map((resolution) => keys.filter((key) => key.startsWith(resolution)).length)
    }
    expect(await kept()).toEqual([51, 101, 201])
    expect(Object.keys(await written()).filter((key) => key.endsWith('group g049'))).toHaveLength(3)
    clock.advance(47 * 3_600_000)
    expect(await kept()).toEqual([51, 101, 201])
    expect(await gatewayReports.since(shared.current.kysely, new Date(0))).toEqual([])
    clock.advance(3 * 3_600_000)
    expect(await kept()).toEqual([0, 101, 201])
    clock.advance(60 * 86_400_000)
    expect(await kept()).toEqual([0, 0, 201])
    clock.advance(1096 * 86_400_000)
    expect(await kept()).toEqual([0, 0, 0])
  })
})
