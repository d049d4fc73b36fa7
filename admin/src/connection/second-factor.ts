import type { Challenge } from '@mchat/sdk'

/** What is asked of the person, until it is answered or given up. */
export interface AskedCode {
  readonly challenge: Challenge
  answer(code: string): void
  giveUp(): void
}

/** Somebody did not want to confirm what they had begun: nothing was done, and there is nothing to report. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError'
}

export interface SecondFactor {
  readonly asked: AskedCode | undefined
  subscribe(listener: () => void): () => void
  /** @throws NotConfirmedError */
  confirm(challenge: Challenge): Promise<string>
  /** Whoever is signed out is asked nothing any more, and nobody after them. */
  giveUpAll(): void
}

/** One dialogue for everything sensitive; what asks meanwhile waits for its turn. */
export const createSecondFactor = (): SecondFactor => {
  const listeners = new Set<() => void>()
  const waiting: AskedCode[] = []
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  return {
    get asked() {
      return waiting[0]
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    confirm: (challenge) =>
      new Promise((resolve, reject) => {
        const done = (): void => {
          waiting.splice(waiting.indexOf(asked), 1)
          tell()
        }
        const asked: AskedCode = {
          challenge,
          answer(code) {
            done()
            resolve(code)
          },
          giveUp() {
            done()
            reject(new NotConfirmedError('not confirmed'))
          },
        }
        waiting.push(asked)
        tell()
      }),
    giveUpAll() {
      for (const asked of [...waiting]) asked.giveUp()
    },
  }
}
