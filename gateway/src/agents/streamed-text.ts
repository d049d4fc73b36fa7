import { LIMITS } from '@mchat/schema'
import type { RunPlace } from './run.ts'
import type { AgentVoice } from './voice.ts'

/** Passes on what an agent writes, in few enough pieces, and behind the content filter. */
export interface StreamedText {
  /** @throws AgentCallError `blocked` when the filter holds back what is there by now */
  add(text: string): void
  /** Nothing more is passed on. */
  close(): void
}

/**
 * @param filtered the text as people may see it; what it makes of the beginning of a text does not change with what follows
 *   by more than its last `undecided` characters
 */
export const createStreamedText = (
  voice: AgentVoice,
  place: RunPlace,
  filtered: (text: string) => string,
  undecided: number,
): StreamedText => {
  const pauseMs = 1000 / LIMITS.agentDeltasPerSecond
  let text = ''
  let said = 0
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    const shown = filtered(text)
    const end = wholeCharacters(shown, shown.length - undecided)
    if (end <= said) return
    voice.delta(place, said, shown.slice(said, end))
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

/** Not between the two halves of a character. */
const wholeCharacters = (text: string, end: number): number => {
  const code = text.charCodeAt(end - 1)
  return end > 0 && code >= 0xd800 && code <= 0xdbff ? end - 1 : end
}
