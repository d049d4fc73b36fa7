import type { Challenge } from '@mchat/sdk'

/** What is asked of the person, until the request has ended or they give up. */
export interface AskedCode {
  readonly challenge: Challenge
  /** It was answered, and whether the code is right is not known yet: they are asked again when it is not. */
  readonly isChecked: boolean
  answer(code: string): void
  /** What is on its way already may still be done, and nothing more is asked about it. */
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
  /** By their signals: those that were given up while a code was on its way. */
  const givenUp = new WeakSet<AbortSignal>()
  /** In the place of what was asked about the same request; undefined: nothing is asked about it any more. */
  const put = (signal: AbortSignal, asked?: AskedCode): void => {
    const found = waiting.findIndex(({ challenge }) => challenge.signal === signal)
    waiting.splice(found < 0 ? waiting.length : found, found < 0 ? 0 : 1, ...(asked === undefined ? [] : [asked]))
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
        const { signal } = challenge
        const end = (): void => {
          put(signal)
          reject(new NotConfirmedError('not confirmed'))
        }
        if (givenUp.has(signal) || signal.aborted) return end()
        signal.addEventListener('abort', end, { once: true })
        const asked: AskedCode = {
          challenge,
          isChecked: false,
          answer(code) {
            put(signal, { ...asked, isChecked: true })
            resolve(code)
          },
          giveUp() {
            givenUp.add(signal)
            end()
          },
        }
        put(signal, asked)
      }),
    giveUpAll() {
      for (const asked of [...waiting]) asked.giveUp()
    },
  }
}
