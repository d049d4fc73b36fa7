import { LIMITS } from '@mchat/schema'
import type { ChallengeTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export type ChallengeRow = Selectable<ChallengeTable>
/** What a challenge is good for, and for whom. */
export type ChallengePurpose = Pick<
  ChallengeRow,
  'challenge_id' | 'employee_id' | 'client_id' | 'action' | 'target_hash'
>

const QUARTER_HOUR_MS = 900_000

/** All times here are those of the database, so that gateways whose clocks differ agree. */
export const challenges = {
  async insert(tx: Db, row: ChallengePurpose & Pick<ChallengeRow, 'method'>): Promise<ChallengeRow> {
    return tx
      .insertInto('challenge')
      .values({ ...row, expires_at: sql<Date>`clock_timestamp() + ${LIMITS.challengeMinutes} * interval '1 minute'` })
      .returningAll()
      .executeTakeFirstOrThrow()
  },

  /**
   * Whether the employee may ask for one more now.
   * @returns 0, or after how many milliseconds. The employee is locked, so that two requests do not both see the last one.
   */
  async waitFor(tx: Db, employeeId: string): Promise<number> {
    const { rows } = await sql<{ age: number }>`
      select extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as age from challenge
      where employee_id = ${employeeId} and created_at > clock_timestamp() - ${QUARTER_HOUR_MS} * interval '1 millisecond'
      order by created_at`.execute(tx)
    const oldest = rows.at(-LIMITS.challengesPerQuarterHour)
    return rows.length < LIMITS.challengesPerQuarterHour || oldest === undefined
      ? 0
      : Math.max(1, Math.ceil(QUARTER_HOUR_MS - oldest.age))
  },

  /**
   * Takes one of the tries of a challenge, whatever comes of it. undefined when there is none that is good for just this: it
   * is another's, for something else, over, used, tried too often, or older than the session.
   */
  async takeTry(db: Db, purpose: ChallengePurpose): Promise<ChallengeRow | undefined> {
    return db
      .updateTable('challenge')
      .set((eb) => ({ tries: eb('tries', '+', 1) }))
      .where('challenge_id', '=', purpose.challenge_id)
      .where('employee_id', '=', purpose.employee_id)
      .where('client_id', '=', purpose.client_id)
      .where('action', '=', purpose.action)
      .where('target_hash', '=', purpose.target_hash)
      .where('used_at', 'is', null)
      .where('tries', '<', LIMITS.challengeTries)
      .where('expires_at', '>', sql<Date>`clock_timestamp()`)
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('client_session')
            .select('client_session.client_id')
            .whereRef('client_session.client_id', '=', 'challenge.client_id')
            .where('client_session.ended_at', 'is', null)
            .whereRef('client_session.connected_at', '<=', 'challenge.created_at'),
        ),
      )
      .returningAll()
      .executeTakeFirst()
  },

  /** The code was right: what is not done in the end may be tried again with it. */
  async giveBackTry(db: Db, challengeId: string): Promise<void> {
    await db
      .updateTable('challenge')
      .set((eb) => ({ tries: eb('tries', '-', 1) }))
      .where('challenge_id', '=', challengeId)
      .execute()
  },

  /** Uses it up, in the transaction of what it is for. false when it was used meanwhile. */
  async use(tx: Db, challengeId: string): Promise<boolean> {
    const used = await tx
      .updateTable('challenge')
      .set({ used_at: sql<Date>`clock_timestamp()` })
      .where('challenge_id', '=', challengeId)
      .where('used_at', 'is', null)
      .returning('challenge_id')
      .executeTakeFirst()
    return used !== undefined
  },

  /** Those that have been over for a day. */
  async purge(db: Db): Promise<void> {
    await db.deleteFrom('challenge').where('created_at', '<', sql<Date>`now() - interval '1 day'`).execute()
  },

  /**
   * The other devices that can confirm something for this one: with a live session that was opened with another credential.
   * One that was added by this credential lately does not count: whoever has stolen it could have added that.
   */
  async confirmingDevices(
    db: Db,
    { clientId, credentialId, employeeId }: { clientId: string; credentialId: string | null; employeeId: string },
  ): Promise<string[]> {
    const { rows } = await sql<{ client_id: string }>`
      select session.client_id from client_session session
      left join credential on credential.credential_id = session.credential_id
      where session.employee_id = ${employeeId} and session.client_id <> ${clientId}
        and session.ended_at is null and session.expires_at > clock_timestamp()
        and session.credential_id is distinct from ${credentialId}
        and not (credential.issued_by is not distinct from ${credentialId} and ${credentialId}::text is not null
          and credential.created_at > clock_timestamp() - ${LIMITS.newDeviceHours} * interval '1 hour')
      order by session.client_id`.execute(db)
    return rows.map((row) => row.client_id)
  },
}
