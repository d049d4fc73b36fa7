import { setTimeout as pause } from 'node:timers/promises'
import { allFaults } from './faults.ts'
import { now } from './history.ts'
import { between, type FaultKind, type Scene } from './scene.ts'

export interface Plague {
  readonly planned: number
  readonly injected: number
  /** Names and reasons. */
  readonly skipped: readonly string[]
}

/** What is needed to forget the fault before, so that what a harmless one does can be told apart. */
const CALM_MS = 11_000

export interface PlagueOptions {
  readonly ms: number
  /** Numbers of faults; undefined: all. */
  readonly only?: readonly string[] | undefined
  /** A fault begins each time so many milliseconds are over, whatever became of the one before. */
  readonly everyMs?: number | undefined
}

/** Injects faults in a random order until the time is over, one after the other and each kind at least once. */
export const plague = async (scene: Scene, { everyMs, ms, only }: PlagueOptions): Promise<Plague> => {
  const wanted = allFaults.filter(({ id }) => only === undefined || only.includes(id))
  const missing = wanted.flatMap(({ missing, name }) => {
    const why = missing?.(scene)
    return why === undefined ? [] : [{ name, why }]
  })
  const kinds = wanted.filter(({ name }) => !missing.some((each) => each.name === name))
  const skipped = missing.map(({ name, why }) => `${name}: ${why}`)
  const isCombining = only === undefined || only.includes('F18')
  const deadline = now() + ms
  let planned = 0
  let injected = 0
  const attempt = async (work: Promise<void>): Promise<void> => {
    planned++
    try {
      await work
      injected++
    } catch (error) {
      scene.record({ type: 'note', t: now(), text: `a fault could not be injected: ${String(error)}` })
    }
  }
  if (everyMs !== undefined) {
    const underWay: Promise<void>[] = []
    while (now() < deadline) {
      const next = pause(everyMs)
      underWay.push(attempt(inject(scene, kinds[Math.floor(scene.random() * kinds.length)])))
      await next
    }
    await Promise.all(underWay)
    return { planned, injected, skipped }
  }
  for (let round = 0; round === 0 || now() < deadline; round++) {
    const deck: (readonly FaultKind[])[] = shuffled(kinds, scene.random).map((kind) => [kind])
    if (isCombining) {
      const pair = shuffled(
        allFaults.filter(({ isAlone }) => isAlone !== true),
        scene.random,
      ).slice(0, 2)
      deck.splice(Math.floor(scene.random() * deck.length), 0, pair)
    }
    for (const hand of deck) {
      if (round > 0 && now() > deadline) break
      if (hand.some(({ isHarmless }) => isHarmless)) await pause(CALM_MS)
      await attempt(hand.length === 1 ? inject(scene, hand[0]) : injectTogether(scene, hand))
      // A long run has the time to see the product recover from each.
      await (scene.scale > 1 ? between(scene, 8000, 12_000) : between(scene, 1000, 3000))
    }
  }
  return { planned, injected, skipped }
}

const inject = async (scene: Scene, kind: FaultKind | undefined, prefix = ''): Promise<void> => {
  if (kind === undefined) return
  const { crashesBroker = false, isHarmless = false, name } = kind
  const what = `${prefix}${name}`
  scene.record({ type: 'fault', t: now(), what, crashesBroker, isHarmless })
  try {
    await kind.inject(scene)
  } finally {
    scene.record({ type: 'healed', t: now(), what })
  }
}

const injectTogether = async (scene: Scene, kinds: readonly FaultKind[]): Promise<void> => {
  const results = await Promise.allSettled(kinds.map((kind) => inject(scene, kind, 'F18: ')))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

const shuffled = <T>(list: readonly T[], random: () => number): T[] =>
  list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
