import type { Content } from '@mchat/sdk'

/** What a message says, as it can be shown. A sender may put anything into a content: nothing of it is taken on trust. */
export type Shown =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly key?: string; readonly url?: string; readonly ratio?: number }
  | {
      readonly kind: 'file'
      readonly key?: string
      readonly url?: string
      readonly name: string
      readonly size?: number
    }
  | { readonly kind: 'card' }
  | { readonly kind: 'unknown'; readonly type: string }

type Fields = Readonly<Record<string, unknown>>

const textAt = (fields: Fields, name: string): string | undefined => {
  const value = fields[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
const sizeAt = (fields: Fields, name: string): number | undefined => {
  const value = fields[name]
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}

/** Markdown is shown as it was written: what makes HTML of it makes holes, too. */
export const readContent = (content: Content): Shown => {
  if (typeof content === 'string') return { kind: 'text', text: content }
  const { body, type } = content
  const fields: Fields = typeof body === 'object' && body !== null ? (body as Fields) : {}
  const where = { key: textAt(fields, 'key'), url: httpsUrl(textAt(fields, 'url')) }
  switch (type) {
    case 'text':
    case 'markdown':
      return { kind: 'text', text: textAt(fields, 'text') ?? '' }
    case 'image': {
      const [width, height] = [sizeAt(fields, 'width'), sizeAt(fields, 'height')]
      return {
        kind: 'image',
        ...where,
        ratio: width === undefined || height === undefined ? undefined : width / height,
      }
    }
    case 'file':
      return { kind: 'file', ...where, name: textAt(fields, 'name') ?? '', size: sizeAt(fields, 'size') }
    case 'card':
      return { kind: 'card' }
    default:
      return { kind: 'unknown', type: String(type) }
  }
}

/** The same kind of content with another text; for an edit. */
export const withText = (content: Content, text: string): Content =>
  typeof content === 'string' ? text : { type: content.type, body: { text } }

/** @returns undefined: one does not go there */
export const httpsUrl = (text: string | undefined): string | undefined => {
  const url = text === undefined ? null : URL.parse(text)
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined
}

export interface Piece {
  readonly text: string
  /** It is a link, and leads there. */
  readonly href?: string
}

/** Chinese has no space after what ends a sentence. */
const LINK = /https:\/\/[^\s<>"'`{}|\\^，。；：！？、（）「」『』【】《》“”‘’]+/giu
/** What ends a sentence, and not the address before it. */
const AFTER_LINK = /[.,;:!?)\]]+$/u

/** A text with its https addresses taken apart. */
export const piecesOf = (text: string): readonly Piece[] => {
  const pieces: Piece[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = found.replace(AFTER_LINK, '')
    const href = httpsUrl(address)
    if (href === undefined) continue
    if (index > end) pieces.push({ text: text.slice(end, index) })
    pieces.push({ text: address, href })
    end = index + address.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}
