import { type Content, MChatError } from '@mchat/schema'
import { checkContent } from '#src/delivery/content.ts'
import type { RelayContext } from '#src/router/context.ts'

export interface PassedContent {
  readonly content: Content
  /** The text it came in, unless the filter has changed it: no number or escape changes on the way. */
  readonly json: string
}

/**
 * The content of a message as it may be passed on.
 * @throws MChatError `too_large`, `invalid_fields`, `content_blocked`
 */
export const passedContent = (context: RelayContext, content: Content): PassedContent => {
  const json = context.rawField('content').trim()
  checkContent(content, json)
  const filtered = context.agents.filterPeople(content)
  if (filtered.verdict === 'blocked') throw new MChatError('content_blocked')
  return filtered.verdict === 'pass'
    ? { content, json }
    : { content: filtered.content, json: JSON.stringify(filtered.content) }
}
