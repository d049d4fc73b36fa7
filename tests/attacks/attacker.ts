import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Device } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import type { Person } from '../kit/person.ts'
import type { RawClient } from '../kit/raw-client.ts'
import { openRaw, type Transport } from './transports.ts'

/** A text nobody else can have written. */
export const newCanary = (): string => `CANARY-${randomUUID()}`

/** Connects by hand with the person's own credential; fails when that is refused. */
export const connectRaw = async (
  gateway: TestGateway,
  person: Person,
  options: { readonly transport?: Transport; readonly device?: string; readonly clean?: boolean } = {},
): Promise<RawClient & { readonly clientId: string }> => {
  const { transport = 'tcp', device = 'raw', clean = true } = options
  const login = await person.login(device)
  const raw = await openRaw(gateway, transport)
  const code = await raw.connect({ ...login, clean })
  if (code !== 0) throw new Error(`${login.clientId} was refused with ${code}.`)
  return Object.assign(raw, { clientId: login.clientId })
}

/** Which of these texts the connection has been sent in any packet. */
export const leaksTo = (raw: RawClient, ...canaries: readonly string[]): string[] =>
  canaries.filter((canary) => raw.packets.some((packet) => packet.body.includes(canary)))

/**
 * The gateway still does its work: a message goes from one to the other and back. Both listen to their inbox. What it is
 * too busy for is sent again, as clients do.
 */
export const expectAlive = async (one: Device, other: Device): Promise<void> => {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const content = newCanary()
    const send = () => from.request('msg.send_private', { to_employee_id: to.employeeId, content })
    let { code, reason } = await send()
    while (code === 503 && reason === 'database_unavailable') ({ code, reason } = await send())
    expect([code, reason]).toEqual([0, undefined])
    await to.inbox.next((message) => message.json.content === content)
  }
}

/**
 * Two people chat for as long as something else goes on, with a pause after each exchange; fails when one is not answered.
 * @returns how many exchanges were over before the other was
 */
export const chatWhile = async (
  one: Device,
  other: Device,
  work: Promise<unknown>,
  pauseMs: number,
): Promise<number> => {
  let isOver = false
  const done = work.finally(() => {
    isOver = true
  })
  done.catch(() => undefined)
  let meanwhile = 0
  while (!isOver) {
    await expectAlive(one, other)
    if (!isOver) meanwhile++
    await sleep(pauseMs)
  }
  await done
  return meanwhile
}
