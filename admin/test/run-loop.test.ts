import { expect, test } from 'vitest'
import { createRunLoop, type RunState } from '../src/components/run-loop.ts'

/** Work in steps that end when they are told to. */
const workOf = (total: number) => {
  let done = 0
  const open: PromiseWithResolvers<void>[] = []
  return {
    open,
    get isDone() {
      return done >= total
    },
    async step(): Promise<void> {
      const step = Promise.withResolvers<void>()
      open.push(step)
      await step.promise
      done++
    },
  }
}
type Work = ReturnType<typeof workOf>

const loopOf = () => {
  const seen: (RunState<Work> | undefined)[] = []
  let onState: ((state: RunState<Work> | undefined) => void) | undefined
  const loop = createRunLoop<Work>((state) => {
    seen.push(state)
    onState?.(state)
  })
  loop.setOnline(true)
  const until = (phase: RunState<Work>['phase']): Promise<void> =>
    new Promise((resolve) => {
      onState = (state) => state?.phase === phase && resolve()
    })
  return { loop, until, phases: () => seen.map((state) => state?.phase) }
}

test('it stops after the step that is on its way, and goes on with the next', async () => {
  const { loop, phases, until } = loopOf()
  const work = workOf(2)
  loop.begin(work)
  loop.stop()
  expect(phases()).toEqual(['running', 'stopping'])
  const stopped = until('stopped')
  work.open[0]?.resolve()
  await stopped
  expect(work.open).toHaveLength(1)
  loop.goOn()
  expect(work.open).toHaveLength(2)
  const done = until('done')
  work.open[1]?.resolve()
  await done
})

test('somebody who still sees it stopping goes on with what has stopped meanwhile: it is worked at', async () => {
  const { loop, until } = loopOf()
  const work = workOf(2)
  loop.begin(work)
  loop.stop()
  const stopped = until('stopped').then(() => loop.goOn())
  work.open[0]?.resolve()
  await stopped
  expect(work.open).toHaveLength(2)
})

test('going on twice, or while a step is on its way, makes no second one beside it', async () => {
  const { loop, until } = loopOf()
  const work = workOf(3)
  loop.begin(work)
  loop.goOn()
  loop.stop()
  loop.goOn()
  loop.goOn()
  expect(work.open).toHaveLength(1)
  const failed = until('failed')
  work.open[0]?.reject(new Error('away'))
  await failed
  loop.goOn()
  loop.goOn()
  expect(work.open).toHaveLength(2)
})

test('without a connection it halts, and goes on only when somebody says so', async () => {
  const { loop, phases, until } = loopOf()
  const work = workOf(2)
  loop.begin(work)
  loop.setOnline(false)
  const stopped = until('stopped')
  work.open[0]?.resolve()
  await stopped
  loop.goOn()
  loop.setOnline(true)
  expect(work.open).toHaveLength(1)
  expect(phases().at(-1)).toBe('stopped')
})

test('of what was left nothing more is shown or done, whatever was begun since', async () => {
  const { loop, phases } = loopOf()
  const [first, second] = [workOf(2), workOf(1)]
  loop.begin(first)
  loop.clear()
  loop.begin(second)
  first.open[0]?.resolve()
  await first.open[0]?.promise
  await Promise.resolve()
  expect(first.open).toHaveLength(1)
  expect(phases()).toEqual(['running', undefined, 'running'])
})
