import { hash } from '@node-rs/argon2'
import { describe, expect, test } from 'vitest'
import { credentials } from '../../gateway/src/db/repositories/credentials.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'

const PASSWORD = 'correct horse battery'

/** Somebody with a password of their own choice. */
const withPassword = async (gateway: TestGateway) => {
  const person = await gateway.hire()
  await credentials.insert(gateway.database.kysely, {
    credential_id: `cred-${person.id}`,
    employee_id: person.id,
    client_id: null,
    kind: 'password',
    secret_hash: await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
    now: gateway.clock.date(),
  })
  return person
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

onEveryDatabase('T35: guessing passwords', (kind) => {
  describe('over and over', () => {
    const shared = sharedGateway(kind, { config: { rateLimit: true, limits: { requestsPerSecondPerEmployee: 1e6 } } })

    test('is slowed down, and whoever has the right one on a known device comes in', async () => {
      const gateway = shared.current
      const person = await withPassword(gateway)
      await (await person.connect({ secret: PASSWORD })).disconnect()
      const outcomes = { wrong: 0, later: 0 }
      for (let i = 0; i < 60; i++) {
        const guess = person.connect({ secret: `guess ${i}`, clientId: `${person.id}_evil_${i}` })
        const message = String(await guess.catch((error: unknown) => error))
        if (message.includes('unavailable')) outcomes.later++
        else outcomes.wrong++
        expect(message).toMatch(/unavailable|Not authorized/)
      }
      expect(outcomes.wrong).toBeLessThanOrEqual(21)
      expect(outcomes.later).toBeGreaterThanOrEqual(39)
      await (await person.connect({ secret: PASSWORD })).disconnect()
      // A new device waits like everybody.
      const fresh = person.connect({ secret: PASSWORD, clientId: `${person.id}_new_1` })
      await expect(fresh).rejects.toThrow(/unavailable/)
      gateway.clock.advance(900_000)
      await (await person.connect({ secret: PASSWORD, clientId: `${person.id}_new_1` })).disconnect()
    })
  })

  describe('of somebody who is not there', () => {
    const shared = sharedGateway(kind)

    test('looks and takes the same as a wrong password', async () => {
      const gateway = shared.current
      const person = await withPassword(gateway)
      const attempt = async (employeeId: string, i: number): Promise<number> => {
        const start = process.hrtime.bigint()
        const refused = gateway.connect({ employeeId, clientId: `${employeeId}_web_${i}`, secret: `guess ${i}` })
        await expect(refused).rejects.toThrow(/Not authorized/)
        return Number(process.hrtime.bigint() - start) / 1e6
      }
      const there: number[] = []
      const absent: number[] = []
      for (let i = 0; i < 15; i++) {
        there.push(await attempt(person.id, i))
        absent.push(await attempt('emp_nobody', i))
      }
      // Both take one comparison with a hash, which is nearly all of the time.
      const ratio = median(absent) / median(there)
      expect(ratio).toBeGreaterThan(0.5)
      expect(ratio).toBeLessThan(2)
    })
  })
})
