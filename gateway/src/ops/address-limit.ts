import type { Duplex } from 'node:stream'

/**
 * Connections by address: one machine cannot take all the room.
 * @returns whether there is room for this one, which counts until it is closed
 */
export const createAddressLimit = (limit: number): ((address: string, connection: Duplex) => boolean) => {
  const counts = new Map<string, number>()
  return (address, connection) => {
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
