import type { ObjectStore } from '../../gateway/src/objects/object-store.ts'
import { newUuid } from '../../gateway/src/platform/random.ts'
import { allOf } from '../kit/all-of.ts'
import type { TestClock } from '../kit/test-clock.ts'

/** A store of one kind, empty, with its face to the network. */
export interface ObjectStoreBench extends AsyncDisposable {
  readonly store: ObjectStore
  /** By which it signs. */
  readonly clock: TestClock
  /** From now on nobody can reach it, or it takes everything and answers nothing. */
  goAway(how: 'refuses' | 'hangs'): Promise<void>
  comeBack(): Promise<void>
}

/** @param isHasty a store that does not answer is given up within seconds; otherwise not for as long as a test takes */
export type OpenBench = (options?: { readonly isHasty?: boolean }) => Promise<ObjectStoreBench>

/** Seconds that an address is good for in these tests. */
export const GOOD_FOR = 900

export const newKey = (): string => `mchat/employee/ann.b-c_1/${newUuid()}`

export const keysOf = async ({ store }: ObjectStoreBench): Promise<string[]> =>
  (await allOf(store.list(''))).map(({ key }) => key).sort()

export const isRefusal = (status: number): boolean => status >= 400 && status < 500

/** What it signs as if that were so many seconds later; negative: earlier. */
export const later = async <T>({ clock }: ObjectStoreBench, seconds: number, sign: () => Promise<T>): Promise<T> => {
  clock.advance(seconds * 1000)
  try {
    return await sign()
  } finally {
    clock.advance(-seconds * 1000)
  }
}

/** The same address with another value of a parameter. */
export const withParameter = (url: string, name: string, value: string): string => {
  const changed = new URL(url)
  changed.searchParams.set(name, value)
  return changed.href
}
