import { StoreFull } from '../object-store.ts'

export interface Quotas {
  readonly perOwner: number
  readonly total: number
}

/** How much of the disk everybody uses: of what is kept, and of what is being written. */
export interface Usage {
  readonly total: number
  hasRoom(owner: string, size: number): boolean
  /** @throws StoreFull; then nothing was added */
  add(owner: string, size: number): void
  /** What is there, whether or not there is room for it. */
  note(owner: string, size: number): void
  remove(owner: string, size: number): void
}

export const createUsage = (quotas: Quotas): Usage => {
  const owners = new Map<string, number>()
  let total = 0
  const of = (owner: string): number => owners.get(owner) ?? 0
  const hasRoom = (owner: string, size: number): boolean =>
    of(owner) + size <= quotas.perOwner && total + size <= quotas.total
  const change = (owner: string, size: number): void => {
    const used = of(owner) + size
    if (used > 0) owners.set(owner, used)
    else owners.delete(owner)
    total += size
  }
  return {
    get total() {
      return total
    },
    hasRoom,
    add(owner, size) {
      if (!hasRoom(owner, size)) throw new StoreFull()
      change(owner, size)
    },
    note: change,
    remove: (owner, size) => change(owner, -size),
  }
}
