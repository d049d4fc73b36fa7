import type { Violation } from './checker.ts'
import { type FaultWindow, overlaps } from './fault-windows.ts'
import type { Response } from './history.ts'
import type { Memberships } from './memberships.ts'
import { isFinal, isMessage, type Request } from './requests.ts'

interface Parts {
  readonly requests: readonly Request[]
  readonly unasked: readonly Response[]
  readonly memberships: Memberships
  readonly windows: readonly FaultWindow[]
  /** How long an answer may take without a fault. */
  readonly answeredMs: number
  readonly report: (violation: Violation) => void
}

/** After the last fault that concerns it, for a client that repeats its request every 5 s. */
const RECOVERED_MS = 30_000
const CALM_MS = 8000

/** I2: a repetition is answered as the first was. I6: everything is answered, in time, as it should be. */
export const checkAnswers = ({ answeredMs, memberships, report, requests, unasked, windows }: Parts): void => {
  for (const { client, seq } of unasked) {
    report({ invariant: 'I6', message: `${client} got an answer to ${seq}, which it never asked` })
  }
  const owners = new Map<string, string>()
  for (const request of requests) {
    checkInTime(request, latestAnswer(request.first.t, windows, answeredMs), report)
    checkCode(request, memberships, report)
    checkSame(request, report)
    for (const msgId of request.msgIds) {
      const owner = owners.get(msgId)
      if (owner !== undefined) {
        report({ invariant: 'I2', message: `${request.key} and ${owner} share ${msgId}`, request: request.key })
      }
      owners.set(msgId, request.key)
    }
  }
}

const checkInTime = ({ done, first, key }: Request, latest: number, report: (violation: Violation) => void): void => {
  if (done === undefined) {
    report({ invariant: 'I6', message: `${key} was never answered`, request: key })
    return
  }
  if (done.t <= latest) return
  const late = ((done.t - first.t) / 1000).toFixed(1)
  const meant = ((latest - first.t) / 1000).toFixed(1)
  report({ invariant: 'I6', message: `${key} was answered after ${late} s instead of ${meant} s`, request: key })
}

/** A fault that begins before the answer is due puts it off, and so does the one after. One that is harmless does not. */
const latestAnswer = (invokedAt: number, windows: readonly FaultWindow[], answeredMs: number): number => {
  const promised = invokedAt + answeredMs
  const others = windows.filter(({ isHarmless }) => !isHarmless)
  const isInHarmless = windows.some((window) => window.isHarmless && overlaps(window, invokedAt, invokedAt))
  // After that much calm nothing of an earlier fault is left.
  if (isInHarmless && !others.some((window) => overlaps(window, invokedAt - CALM_MS, promised))) return promised
  let latest = promised
  for (const window of others) {
    if (overlaps(window, invokedAt - RECOVERED_MS, latest)) latest = Math.max(latest, window.to + RECOVERED_MS)
  }
  return latest
}

const checkCode = (request: Request, memberships: Memberships, report: (violation: Violation) => void): void => {
  const { done, first, key } = request
  const { conversation = '', expect, sender } = first
  if (done === undefined) return
  const isGuest = isMessage(request) && memberships.isGuestEmployee(sender, conversation)
  const expected = expect ?? (isGuest ? undefined : 0)
  if (expected === undefined || done.code === expected) return
  report({ invariant: 'I6', message: `${key} was answered ${done.code} instead of ${expected}`, request: key })
}

const checkSame = (request: Request, report: (violation: Violation) => void): void => {
  const { invokes, key, msgIds, responses } = request
  const complain = (message: string): void => report({ invariant: 'I2', message: `${key} ${message}`, request: key })
  if (msgIds.size > 1) complain(`was answered with ${[...msgIds].join(' and ')}`)
  const conflict = invokes.find(({ conflicts }) => conflicts)
  const answers = responses.filter(({ code }) => isFinal(code) && !(conflict !== undefined && code === 409))
  // What is relayed is judged anew each time, so a sender who was removed meanwhile is refused; nothing is stored of it.
  const comparable = isMessage(request) ? answers.filter(({ code }) => code === 0) : answers
  const different = new Set(comparable.map(({ answer = '', code }) => `${code} ${answer}`))
  if (request.first.kind !== 'read' && different.size > 1) {
    complain(`was answered differently: ${[...different].join(' and ')}`)
  }
  const isRefused = responses.some(({ code, t }) => code === 409 && t >= (conflict?.t ?? 0))
  if (conflict !== undefined && !isRefused) complain('was not refused with another payload')
}
