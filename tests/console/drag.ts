import type { Locator, Page } from 'playwright-core'

/** As a hand does it: what is dragged is told of every place that it comes by. */
export const drag = async (page: Page, from: Locator, to: Locator): Promise<void> => {
  await from.hover()
  await page.mouse.down()
  const box = await to.boundingBox()
  if (box === null) throw new Error('There is nowhere to drop it.')
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  await page.mouse.move(at.x, at.y + 8, { steps: 5 })
  await page.mouse.move(at.x, at.y, { steps: 5 })
  await page.mouse.up()
}
