import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials } from '@mchat/sdk'
import type { ConsolePage } from '../kit/console-page.ts'
import type { Device } from '../kit/device.ts'
import {
  type ConsoleFigure,
  frameText,
  MOST_FIRST_LOAD_BYTES,
  MOST_OPEN_MS,
  MOST_TASK_MS,
  median,
  spread,
  taskText,
} from './console-figures.ts'
import { isChart, type LoadedFile, loadedFiles, sum } from './console-loads.ts'
import { click, one, type Scene, says, sceneOf, standsAfter } from './console-scenes.ts'
import { employeeId } from './large-organisation.ts'

export interface Tour {
  readonly people: number
  readonly admin: Credentials
  /** A tab with nothing of the console in its cache. */
  open(): Promise<ConsolePage>
  /** So far. */
  gatewayCpuMs(): number
}

/** How the pages are recognised, in English. */
const NAVIGATION = 'nav a[href="/console/organisation"]'
const CHART = 'figure canvas'
const ROWS = '[role=row][data-index]'
const ROW = `[role=grid][aria-label="People of the organisation"] ${ROWS}`
const ORGANISATION = `${one('[role=treeitem]')} && ${one(ROW)}`
const COUNT = '[aria-live=polite]'
const LIST = '[role=grid]'
const SEARCH = '[role=search] input'

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`
const people = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'}`
const department = (name: string): string =>
  `[...document.querySelectorAll('[role=tree] .ant-tree-node-content-wrapper')]
    .find((each) => each.textContent.includes(${JSON.stringify(name)})).click()`

export const firstLoadFigures = async ({ admin, open }: Tour): Promise<readonly ConsoleFigure[]> => {
  await using tab = await open()
  const signIn = await loadedFiles(tab.page)
  await tab.signIn(admin)
  await standsAfter(tab.page, one(CHART))
  const all = await loadedFiles(tab.page)
  const [charts, rest] = [all.filter(isChart), all.filter((file) => !isChart(file))]
  const text = (files: readonly LoadedFile[]): string =>
    `${kilobytes(sum(files, 'gzipBytes'))} with gzip, ${kilobytes(sum(files, 'bytes'))} as Chromium asks for it, ${files.length} files`
  const largest = rest.toSorted((a, b) => b.gzipBytes - a.gzipBytes).slice(0, 5)
  return [
    { what: 'first load, until one can sign in', measured: text(signIn) },
    {
      what: 'first load, until the overview stands, without its charts',
      measured: text(rest),
      target: {
        text: `< ${kilobytes(MOST_FIRST_LOAD_BYTES)} with gzip`,
        isMet: sum(rest, 'gzipBytes') < MOST_FIRST_LOAD_BYTES,
      },
    },
    { what: 'charts, fetched when there is one', measured: text(charts) },
    {
      what: 'the largest of the first load',
      measured: largest.map(({ gzipBytes, name }) => `${nameOf(name)} ${kilobytes(gzipBytes)}`).join(', '),
    },
  ]
}

/** `/assets/react-Cn85ZbYN.js` is `react`. */
const nameOf = (path: string): string => path.replace(/^.*\//, '').replace(/-[^-]*\.\w+$/, '')

export const organisationFigures = async (tour: Tour, rounds: number): Promise<readonly ConsoleFigure[]> => {
  const figures: ConsoleFigure[] = []
  const [times, cpu, gatewayCpu, tasks]: number[][] = [[], [], [], []]
  for (let round = 0; round < rounds; round++) {
    await using tab = await tour.open()
    await tab.signIn(tour.admin)
    await standsAfter(tab.page, one(CHART))
    const scene = await sceneOf(tab)
    const gatewayBefore = tour.gatewayCpuMs()
    const [watched, took] = await scene.watched(click(NAVIGATION), ORGANISATION)
    times?.push(took)
    cpu?.push(watched.cpuMs)
    gatewayCpu?.push(tour.gatewayCpuMs() - gatewayBefore)
    tasks?.push(watched.tasks.longestMs)
    if (round < rounds - 1) continue
    figures.push(...(await reloadFigures(tab)), ...(await tableFigures(tour, scene)))
  }
  return [
    {
      what: 'the organisation opens: from the click until its tree and its first people are painted',
      measured: spread(times ?? [], 'ms'),
      target: { text: `< ${MOST_OPEN_MS} ms`, isMet: median(times ?? []) < MOST_OPEN_MS },
    },
    {
      what: 'of it CPU time of the page, and of the gateway',
      measured: `${spread(cpu ?? [], 'ms')}, ${spread(gatewayCpu ?? [], 'ms')}`,
    },
    { what: 'of it the longest task', measured: spread(tasks ?? [], 'ms') },
    ...figures,
  ]
}

const reloadFigures = async ({ page }: ConsolePage): Promise<readonly ConsoleFigure[]> => {
  await page.reload({ waitUntil: 'commit' })
  const took = await standsAfter(page, ORGANISATION)
  return [{ what: 'the same page loaded again, signing in included', measured: `${took.toFixed(0)} ms` }]
}

const tableFigures = async (tour: Tour, scene: Scene): Promise<readonly ConsoleFigure[]> => {
  const figures: ConsoleFigure[] = []
  const step = async (what: string, action: string, stands: string): Promise<void> => {
    const [watched, took] = await scene.watched(action, stands)
    const measured = `${took.toFixed(0)} ms, ${watched.cpuMs.toFixed(0)} ms of CPU time; ${taskText(watched)}`
    figures.push({ what, measured })
  }
  const everybody = tour.people + 1
  await step('the department of all people is chosen', department('Everything'), says(COUNT, people(tour.people)))
  await step('everybody is chosen', department('Everybody'), says(COUNT, people(everybody)))
  const search = scene.page.locator(SEARCH).first()
  const [typed] = await scene.watch.during(async () => {
    await search.pressSequentially(employeeId(tour.people - 1), { delay: 80 })
    await standsAfter(scene.page, says(COUNT, people(1)))
  })
  figures.push({ what: 'an id is typed into the search', measured: taskText(typed) })
  await search.fill('')
  await standsAfter(scene.page, says(COUNT, people(everybody)))
  const height: number = await scene.page.evaluate(`document.querySelector(${JSON.stringify(LIST)}).scrollHeight`)
  for (const [what, distance, seconds] of [
    ['scrolling, as one looks for somebody: 3,000 px/s for 5 s', Math.min(15_000, height), 5],
    ['scrolling through all of it in 10 s', height, 10],
  ] as const) {
    const [watched, share] = await scene.scrolled(LIST, distance, seconds)
    figures.push({
      what: `${what}, until ${(share * 100).toFixed(0)} %`,
      measured: frameText(watched),
      target: { text: 'no dropped frames', isMet: watched.droppedGaps === 0 },
    })
    figures.push({ what: 'of it the tasks', measured: taskText(watched) })
  }
  await step('everybody is selected', click('input[aria-label="Select everybody shown"]'), one('[role=toolbar]'))
  await step(
    'the reporting lines',
    click('[role=tab]:not([aria-selected=true])'),
    one('ul[aria-label="Reports to nobody"] li'),
  )
  return figures
}

/** So much at a time, so that the rows come evenly. */
const TURN_MS = 10

export const auditFigures = async (
  tour: Tour,
  device: Device,
  rate: number,
  seconds: number,
): Promise<readonly ConsoleFigure[]> => {
  await using tab = await tour.open()
  await tab.signIn(tour.admin)
  await tab.goTo('audit')
  await standsAfter(tab.page, one(`section ${ROWS}`))
  const scene = await sceneOf(tab)
  // Told what the page is told.
  await device.subscribe(device.topics.inboxChanges(device.employeeId))
  const gatewayBefore = tour.gatewayCpuMs()
  const [watched, done] = await scene.watch.during(async () => {
    const asked: Promise<unknown>[] = []
    const started = performance.now()
    while (performance.now() - started < seconds * 1000) {
      const due = Math.floor(((performance.now() - started) / 1000) * rate)
      while (asked.length < due) {
        // Refused, and recorded as such: what costs the gateway more would be another measurement.
        const nobody = { employee_id: `nobody_${asked.length}`, updates: { name: 'Nobody' } }
        asked.push(device.request('employee.update', nobody, { timeoutMs: 60_000 }))
      }
      await sleep(TURN_MS)
    }
    await Promise.all(asked)
    // Those that were told last are drawn.
    await sleep(1500)
    return asked.length
  })
  const gatewayCpu = tour.gatewayCpuMs() - gatewayBefore
  const dropped = device.received.reduce(
    (total, { json }) => total + (typeof json.dropped === 'number' ? json.dropped : 0),
    0,
  )
  const shown: number = await tab.page.evaluate(
    `Number(document.querySelector(${JSON.stringify(LIST)}).getAttribute('aria-rowcount')) - 1`,
  )
  return [
    {
      what: `${done} rows arrive in the audit log, ${rate} a second`,
      measured: taskText(watched),
      target: { text: `no task over ${MOST_TASK_MS} ms`, isMet: watched.tasks.longestMs < MOST_TASK_MS },
    },
    { what: 'of it the frames', measured: frameText(watched) },
    {
      what: 'of it the gateway, and what is shown in the end',
      measured: `${(gatewayCpu / done).toFixed(1)} ms of CPU time a row; ${shown} rows; ${dropped} were not told, but that there are more`,
    },
  ]
}
