import type { Config } from '../config.ts'
import { type DeploymentKeyRow, deploymentKeys, type SealedCount } from '../db/repositories/deployment-keys.ts'
import { openKeys } from '../keyring/open-keys.ts'
import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import type { Keys } from '../platform/keys.ts'
import { UserError } from '../platform/user-error.ts'
import { openDeployment } from './open-deployment.ts'
import { requireSecret } from './require-secret.ts'
import { say } from './say.ts'

export const shortId = ({ id }: Pick<DeploymentSecret, 'id'>): string => id.slice(0, 8)

/** Which secrets open the keys, and how much was made with each generation of them. */
export const listKeys = async (config: Config): Promise<void> => {
  const secret = await requireSecret(config)
  await using opened = await openDeployment(config, 'gateways')
  const db = opened.database.kysely
  const rows = await deploymentKeys.all(db)
  if (rows.length === 0) throw new UserError('There are no keys yet: no gateway has been started with this database.')
  const keys = await openKeys(opened.database, secret)
  const next = await deploymentKeys.note(db, 'next')
  for (const [id, since] of oldestOf(rows)) {
    const notes = [id === secret.id ? 'the configured one' : '', id === next ? 'replaces the other one' : '']
    say(line(`Secret ${shortId({ id })} since ${dayOf(since)}`, notes))
  }
  const counts = await deploymentKeys.counts(db)
  for (const row of rows.filter(({ secret_id }) => secret_id === secret.id)) {
    say(generation(row, keys, counts))
  }
  if (next === undefined) return
  const waiting = (await deploymentKeys.gateways(db)).filter(({ secret_id }) => secret_id !== next)
  say(
    waiting.length === 0
      ? 'The rotation is to be finished: "mchat keys rotate" with the new secret.'
      : `The rotation waits for ${waiting.map(({ instance }) => instance).join(', ')} to be started with the new secret.`,
  )
}

const oldestOf = (rows: readonly DeploymentKeyRow[]): Map<string, Date> => {
  const since = new Map<string, Date>()
  for (const { created_at, secret_id } of rows) {
    const known = since.get(secret_id)
    if (known === undefined || created_at < known) since.set(secret_id, created_at)
  }
  return since
}

const generation = (row: DeploymentKeyRow, keys: Keys, counts: readonly SealedCount[]): string => {
  const count = counts.find((each) => each.generation === row.generation)
  const { current } = keys
  return line(`Keys of generation ${row.generation}`, [
    row.generation === current.generation ? 'what is made now' : '',
    row.generation > current.generation ? 'not in use yet' : '',
    row.origin === 'secret' ? 'derived from the secret of before there were generations' : '',
    `${count?.authenticators ?? 0} authenticators`,
    `${count?.recovery_codes ?? 0} recovery codes`,
    `${count?.tokens ?? 0} tokens`,
    `${count?.agent_secrets ?? 0} secrets of agents`,
  ])
}

const line = (start: string, notes: readonly string[]): string =>
  [start, ...notes.filter((note) => note !== '')].join(', ')

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)
