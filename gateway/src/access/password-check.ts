import { verify } from '@node-rs/argon2'

/**
 * Compares what people have chosen as a password with its argon2 hash.
 * @returns false also for a hash that cannot be read
 * @throws Error when so many are waiting already that the caller had better come again
 */
export type CheckPassword = (hash: string, password: string) => Promise<boolean>

/** Each takes 19 MiB and a thread that the journal's fsync needs too. */
const AT_ONCE = 2
const MAX_WAITING = 200

export const createPasswordCheck = (): CheckPassword => {
  let running = 0
  const waiting: (() => void)[] = []
  return async (hash, password) => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MAX_WAITING) throw new Error('too many passwords are being checked')
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    running++
    try {
      return await verify(hash, password).catch(() => false)
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
