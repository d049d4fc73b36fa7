import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { between, type FaultKind, type Scene } from './scene.ts'

const connect = async ({ cluster }: Scene): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: cluster.databaseUrl })
  // It may be ended from the other side, by another fault too.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

const restart = (mode: 'fast' | 'immediate'): FaultKind => ({
  id: 'F4',
  name: `F4 PostgreSQL restart, ${mode}`,
  async inject(scene) {
    await scene.cluster.postgres.stop(mode)
    await between(scene, 0, 2000)
    await scene.cluster.postgres.start()
  },
})

const STALL_MS = 5000

/** The connections over which gateways hear of each other's changes. */
const LISTENERS = `select pid from pg_stat_activity
  where application_name like 'mchat %' and (query ilike 'listen %' or query ilike '%update gateway%')
  and datname = current_database()`

export const databaseFaults: readonly FaultKind[] = [
  restart('fast'),
  restart('immediate'),
  {
    id: 'F5',
    name: 'F5 PostgreSQL stands still',
    async inject({ cluster, scale }) {
      cluster.postgres.pause()
      await pause(STALL_MS * scale)
      cluster.postgres.resume()
    },
  },
  {
    id: 'F5',
    name: 'F5 group_member locked',
    async inject(scene) {
      const client = await connect(scene)
      try {
        await client.query('begin')
        await client.query('lock table group_member in access exclusive mode')
        await pause(STALL_MS * scene.scale)
        await client.query('rollback')
      } finally {
        await client.end()
      }
    },
  },
  {
    id: 'F5',
    name: 'F5 every connection slot taken',
    async inject(scene) {
      const idle: pg.Client[] = []
      try {
        // Until PostgreSQL refuses.
        for (let i = 0; i < 150; i++) {
          const client = await connect(scene)
          idle.push(client)
          await client.query('begin')
          await client.query('select 1')
        }
      } catch {
        // That was the last one.
      }
      await pause(STALL_MS * scene.scale)
      await Promise.all(idle.map((client) => client.end()))
    },
  },
  {
    id: 'F6',
    name: 'F6 listener cut, then a revocation',
    async inject(scene) {
      const { group, employee_id } = scene.watched
      const client = await connect(scene)
      const change = (joins: boolean) =>
        scene.office.request(
          joins ? 'group.member_add' : 'group.member_remove',
          { group_id: group, member_ids: [employee_id] },
          { kind: 'change', member: { group, employee: employee_id, joins } },
        )
      try {
        await change(true)
        await between(scene, 1000, 2000)
        const { rows } = await client.query<{ pid: number }>(LISTENERS)
        const victim = rows[Math.floor(scene.random() * rows.length)]
        if (victim === undefined) throw new Error('No gateway listens.')
        await client.query('select pg_terminate_backend($1)', [victim.pid])
        await change(false)
        await between(scene, 500, 1500)
      } finally {
        await client.end()
      }
    },
  },
]
