import { actionsPage } from './reference-actions.ts'
import { errorsPage } from './reference-errors.ts'
import { topicsPage } from './reference-topics.ts'

/** The pages of docs/reference/ that the schema writes, by file name. */
export const referencePages = (): Map<string, string> =>
  new Map([
    ['actions.md', actionsPage()],
    ['errors.md', errorsPage()],
    ['topics.md', topicsPage()],
  ])
