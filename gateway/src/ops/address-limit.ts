import type { Duplex } from 'node:stream'
import { addressKey } from '../platform/networks.ts'

/**
 * Connections by address: one machine cannot take all the room.
 * @returns whether there is room for this one, which counts until it is closed
 */
export const createAddressLimit = (limit: number): ((address: string, connection: Duplex) => boolean) => {
  const counts = new Map<string, number>()
  return (from, connection) => {
    const address = addressKey(from)
    const count = counts.get(address) ?? 0
    if (count >= limit) return false
    counts.set(address, count + 1)
    connection.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
    return true
  }
}
