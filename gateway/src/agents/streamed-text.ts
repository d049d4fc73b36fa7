import { LIMITS } from '@mchat/schema'
import { AgentCallError } from './connectors/connector.ts'
import type { ContentFilter } from './content-filter.ts'
import type { RunPlace } from './run.ts'
import type { AgentVoice } from './voice.ts'

/** Passes on what an agent writes, in few enough pieces, and behind the content filter. */
export interface StreamedText {
  /** @throws AgentCallError `blocked` when the filter holds back what is there by now */
  add(text: string): void
  /** Nothing more is passed on. */
  close(): void
}

/** @param shown what people may see of a text that is not whole yet: what follows only adds to it */
export const createStreamedText = (
  voice: Pick<AgentVoice, 'delta'>,
  place: RunPlace,
  shown: (text: string) => string,
): StreamedText => {
  const pauseMs = 1000 / LIMITS.agentDeltasPerSecond
  let text = ''
  let said = 0
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    const visible = shown(text)
    const end = wholeCharacters(visible)
    if (end <= said) return
    voice.delta(place, said, visible.slice(said, end))
    said = end
  }

  return {
    add(piece) {
      text += piece
      if (timer !== undefined) return
      flush()
      timer = setTimeout(() => {
        timer = undefined
        try {
          flush()
        } catch {
          // The whole of it is looked at again before it is said.
        }
      }, pauseMs).unref()
    },
    close: () => clearTimeout(timer),
  }
}

/** What a content filter lets people see of a text that goes on. */
export const shownBy =
  (filter: Pick<ContentFilter, 'applyToBeginning'>) =>
  (text: string): string => {
    const { content, verdict } = filter.applyToBeginning(text)
    if (verdict === 'blocked') throw new AgentCallError('blocked', 'The content filter holds it back.')
    return content as string
  }

/** How long it is without the first half of a character at its end. */
const wholeCharacters = (text: string): number => {
  const code = text.charCodeAt(text.length - 1)
  return code >= 0xd800 && code <= 0xdbff ? text.length - 1 : text.length
}
