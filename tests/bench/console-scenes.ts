import type { Page } from 'playwright-core'
import type { ConsolePage } from '../kit/console-page.ts'
import { type PageWatch, type Watched, watchPage } from './page-watch.ts'

/** A tab that is signed in, and is watched. */
export interface Scene {
  readonly page: Page
  readonly watch: PageWatch
  /** Does something in the page, and answers how long it takes until something stands in it and is painted. */
  takes(action: string, stands: string): Promise<number>
  /** The same, with what the page went through. */
  watched(action: string, stands: string): Promise<readonly [Watched, number]>
  /** Turns the wheel over an element; answers how far it has come of how far it can go. */
  scrolled(selector: string, distance: number, seconds: number): Promise<readonly [Watched, number]>
}

/** Conditions on the page, as expressions of its own language. */
export const one = (selector: string): string => `document.querySelector(${JSON.stringify(selector)}) !== null`
export const says = (selector: string, text: string): string =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].some((each) => each.textContent === ${JSON.stringify(text)})`
export const click = (selector: string): string => `document.querySelector(${JSON.stringify(selector)}).click()`

const until = (stands: string, started: string): string => `
  (async () => {
    const frame = () => new Promise(requestAnimationFrame)
    const started = ${started}
    while (!(${stands})) await frame()
    // What is there now is painted with this frame.
    await frame()
    return performance.now() - started
  })()`

/** How long the page has been there when something stands in it, since it began to be loaded. */
export const standsAfter = (page: Page, stands: string): Promise<number> => page.evaluate(until(stands, '0'))

export const sceneOf = async ({ page }: Pick<ConsolePage, 'page'>): Promise<Scene> => {
  const watch = await watchPage(page)
  const takes = (action: string, stands: string): Promise<number> =>
    page.evaluate(until(stands, `performance.now(); ${action}`))
  return {
    page,
    watch,
    takes,
    watched: (action, stands) => watch.during(() => takes(action, stands)),
    async scrolled(selector, distance, seconds) {
      const found = JSON.stringify(selector)
      const box = await page.locator(selector).boundingBox()
      if (box === null) throw new Error(`${selector} is not shown.`)
      const session = await page.context().newCDPSession(page)
      const [watched] = await watch.during(() =>
        session.send('Input.synthesizeScrollGesture', {
          x: Math.round(box.x + box.width / 2),
          y: Math.round(box.y + box.height / 2),
          yDistance: -distance,
          speed: Math.round(distance / seconds),
          gestureSourceType: 'mouse',
        }),
      )
      await session.detach()
      const share: number = await page.evaluate(
        `{ const list = document.querySelector(${found}); list.scrollTop / (list.scrollHeight - list.clientHeight) }`,
      )
      return [watched, share]
    },
  }
}
