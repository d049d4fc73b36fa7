import type { Credentials, DeviceStore } from '@mchat/sdk'

const KEY = 'mchat.credentials'
const DEVICE = 'mchat.device.'

interface Kept {
  readonly credentials: Credentials
  readonly until: number
}

/**
 * What this tab needs to be the same device after a reload: in `sessionStorage`, so that it goes with the tab, and never
 * what was typed in but a credential of this device alone, which signing out takes away.
 */
export const keptCredentials = {
  read(): Credentials | undefined {
    const text = sessionStorage.getItem(KEY)
    if (text === null) return undefined
    try {
      const { credentials, until } = JSON.parse(text) as Kept
      if (until > Date.now()) return credentials
    } catch {
      // Somebody else's, or of another version: as good as none.
    }
    keptCredentials.forget()
    return undefined
  },
  keep(credentials: Credentials, forMs: number): void {
    sessionStorage.setItem(KEY, JSON.stringify({ credentials, until: Date.now() + forMs } satisfies Kept))
  },
  /** With everything else that was kept of this device. */
  forget(): void {
    for (const key of Object.keys(sessionStorage)) {
      if (key === KEY || key.startsWith(DEVICE)) sessionStorage.removeItem(key)
    }
  },
}

export const tabStore: DeviceStore = {
  get: (key) => sessionStorage.getItem(DEVICE + key) ?? undefined,
  set: (key, value) => sessionStorage.setItem(DEVICE + key, value),
  delete: (key) => sessionStorage.removeItem(DEVICE + key),
}
