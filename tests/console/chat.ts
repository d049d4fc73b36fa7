import type { Locator, Page } from 'playwright-core'

/** Into the conversation that is open. */
export const write = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Write a message').fill(text)
  await page.getByLabel('Write a message').press('Enter')
}

/** Whatever of the conversation has this text in it. */
export const said = (page: Page, text: string | RegExp): Locator => page.getByRole('article').filter({ hasText: text })
