import { useTexts } from '../../language/language.ts'
import { readContent } from './content.ts'
import type { Entry } from './conversation.ts'
import { useNewsText } from './news-text.ts'
import { playgroundTexts } from './texts.ts'

const MOST_CHARACTERS = 120

/** An entry in one line. */
export const useSummary = (entry: Entry | undefined): string => {
  const t = useTexts(playgroundTexts)
  const news = useNewsText(entry?.kind === 'notice' ? entry.news : undefined)
  if (entry === undefined) return ''
  if (entry.kind === 'notice') return news
  if (entry.recalledBy !== undefined) return t('recalledShort')
  const shown = readContent(entry.content)
  switch (shown.kind) {
    case 'text':
      return shown.text.slice(0, MOST_CHARACTERS)
    case 'image':
      return `[${t('picture')}]`
    case 'file':
      return `[${t('file')}] ${shown.name}`
    case 'card':
      return `[${t('card')}]`
    default:
      return t('unknown', { type: shown.type })
  }
}
