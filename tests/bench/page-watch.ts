import type { CDPSession, Page } from 'playwright-core'

/** What a page went through while something was done in it. */
export interface Watched {
  readonly seconds: number
  /** CPU time of the page's main thread, in milliseconds. */
  readonly cpuMs: number
  readonly frames: number
  /** Between two frames, the longest, in milliseconds. */
  readonly longestGapMs: number
  /** Gaps so long that a person sees them. */
  readonly droppedGaps: number
  readonly tasks: Tasks
}

/** What the main thread did without a pause in between, where that took long. */
export interface Tasks {
  /** As a `PerformanceObserver` counts long tasks: over 50 ms. */
  readonly count: number
  readonly sumMs: number
  readonly longestMs: number
  /** CPU time of the one that used most: less dependent on what else the machine has to do. */
  readonly longestCpuMs: number
}

export interface PageWatch {
  /** Answers what happened meanwhile, and what the work answered. */
  during<T>(work: () => Promise<T>): Promise<readonly [Watched, T]>
  /** CPU time of the page's main thread since the watch began, in milliseconds. */
  cpuMs(): Promise<number>
}

export const GAP_MS = 50
const LONG_TASK_US = 50_000

/** Counts frames by the page's own clock, from one call of `requestAnimationFrame` to the next. */
const COUNT_FRAMES = `
  globalThis.mchatFrames = []
  globalThis.mchatCounting = true
  requestAnimationFrame(function count(now) {
    globalThis.mchatFrames.push(now)
    if (globalThis.mchatCounting) requestAnimationFrame(count)
  })`
const FRAMES = 'globalThis.mchatCounting = false; globalThis.mchatFrames'

export const watchPage = async (page: Page): Promise<PageWatch> => {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const cpuMs = (): Promise<number> => mainThreadMs(session)
  return {
    cpuMs,
    async during(work) {
      const browser = page.context().browser()
      await page.evaluate(COUNT_FRAMES)
      await browser?.startTracing(page, { categories: ['toplevel'] })
      const [started, cpu] = [performance.now(), await cpuMs()]
      const done = await work()
      const watched = { seconds: (performance.now() - started) / 1000, cpuMs: (await cpuMs()) - cpu }
      const trace = (await browser?.stopTracing()) ?? Buffer.from('{"traceEvents":[]}')
      const times: readonly number[] = await page.evaluate(FRAMES)
      const gaps = times.slice(1).map((time, i) => time - (times[i] ?? time))
      return [
        {
          ...watched,
          frames: times.length,
          longestGapMs: Math.max(0, ...gaps),
          droppedGaps: gaps.filter((gap) => gap > GAP_MS).length,
          tasks: tasksIn(JSON.parse(trace.toString('utf8')) as Trace),
        },
        done,
      ]
    },
  }
}

const mainThreadMs = async (session: CDPSession): Promise<number> => {
  const { metrics } = await session.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
}

/** The parts of Chromium's trace that are read; times are microseconds. */
interface Trace {
  readonly traceEvents: readonly {
    readonly name: string
    readonly pid: number
    readonly tid: number
    readonly dur?: number
    /** Of the thread alone. */
    readonly tdur?: number
    readonly args?: { readonly name?: string }
  }[]
}

export const tasksIn = ({ traceEvents }: Trace): Tasks => {
  const threadOf = ({ pid, tid }: Trace['traceEvents'][number]): string => `${pid} ${tid}`
  const isMain = ({ args, name }: Trace['traceEvents'][number]): boolean =>
    name === 'thread_name' && args?.name === 'CrRendererMain'
  const main = new Set(traceEvents.filter(isMain).map(threadOf))
  const tasks = traceEvents.filter(
    (event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(threadOf(event)),
  )
  const long = tasks.flatMap(({ dur = 0 }) => (dur > LONG_TASK_US ? [dur] : []))
  return {
    count: long.length,
    sumMs: long.reduce((sum, each) => sum + each, 0) / 1000,
    longestMs: tasks.reduce((longest, { dur = 0 }) => Math.max(longest, dur), 0) / 1000,
    longestCpuMs: tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur), 0) / 1000,
  }
}
