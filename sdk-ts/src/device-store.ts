/** May answer at once or later. */
export type Eventually<T> = T | Promise<T>

/**
 * Where a device keeps what must outlive the process: its client_id (with a fresh one it would never get its offline
 * queue back, contract section 1), whether the broker holds a session for it, and the counters `n`. Values are short
 * strings; one store may serve several accounts.
 */
export interface DeviceStore {
  get(key: string): Eventually<string | undefined>
  set(key: string, value: string): Eventually<void>
  delete(key: string): Eventually<void>
  /**
   * Takes `name` for this process or browser tab until it ends or `release` is called; undefined when another holds it.
   * Two connections with one client_id throw each other out for ever. A store without this method is used by one
   * process at a time.
   */
  claim?(name: string): Promise<(() => void) | undefined>
}

/** Forgets everything with the process. The default in Node: good for tests and for scripts that only send. */
export const memoryStore = (): DeviceStore => {
  const values = new Map<string, string>()
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
  }
}

/** The part of the Web Locks API that is used; browsers offer it on HTTPS pages and on localhost. */
interface Locks {
  request(
    name: string,
    options: { ifAvailable: true },
    callback: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
}
interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}
interface BrowserGlobals {
  readonly localStorage?: Storage
  readonly navigator?: { readonly locks?: Locks }
}

/**
 * Keeps it in `localStorage`, the default in browsers. Tabs share it, so each tab claims a client_id of its own
 * through the Web Locks API; without that (pages over plain HTTP) keep to one tab, or give each its own `device`.
 * @throws {TypeError} where there is no localStorage
 */
export const localStorageStore = (): DeviceStore => {
  const { localStorage, navigator } = globalThis as BrowserGlobals
  if (localStorage === undefined) throw new TypeError('there is no localStorage here; pass another store')
  const locks = navigator?.locks
  const store: DeviceStore = {
    get: (key) => localStorage.getItem(key) ?? undefined,
    set: (key, value) => localStorage.setItem(key, value),
    delete: (key) => localStorage.removeItem(key),
  }
  if (locks === undefined) return store
  return { ...store, claim: (name) => claimLock(locks, name) }
}

const claimLock = (locks: Locks, name: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          resolve(undefined)
          return undefined
        }
        return new Promise<void>((release) => resolve(release))
      })
      .catch(reject)
  })

/** `localStorage` where there is one, otherwise memory. */
export const defaultStore = (): DeviceStore => {
  // Node 25 has a localStorage of its own that warns when it is not configured: only a page has a document.
  return 'document' in globalThis && 'localStorage' in globalThis ? localStorageStore() : memoryStore()
}

/**
 * The store as the client uses it: reads once, writes in the background and only the newest value of each key, and
 * goes on with what is in memory when the store fails.
 */
export class StoreWriter {
  readonly #store: DeviceStore
  readonly #onError: (error: unknown) => void
  readonly #pending = new Map<string, string | undefined>()
  #flushing: Promise<void> | undefined

  constructor(store: DeviceStore, onError: (error: unknown) => void) {
    this.#store = store
    this.#onError = onError
  }

  async read(key: string): Promise<string | undefined> {
    if (this.#pending.has(key)) return this.#pending.get(key)
    try {
      return await this.#store.get(key)
    } catch (error) {
      this.#onError(error)
      return undefined
    }
  }

  write(key: string, value: string | undefined): void {
    this.#pending.set(key, value)
    this.#flushing ??= this.#flush()
  }

  /** Resolves when everything written so far has been handed to the store. */
  async flush(): Promise<void> {
    await this.#flushing
  }

  async #flush(): Promise<void> {
    // The first write of a turn waits for the others of that turn.
    await undefined
    for (const [key, value] of this.#pending) {
      this.#pending.delete(key)
      try {
        await (value === undefined ? this.#store.delete(key) : this.#store.set(key, value))
      } catch (error) {
        this.#onError(error)
      }
    }
    this.#flushing = undefined
  }
}
