import Type, { type Static } from 'typebox'
import { LIMITS } from './limits.ts'

const Url = Type.String({ maxLength: 4096 })
/** Contract 4.1, `url|key`: one of them says where the bytes are. */
const urlOrKey = { anyOf: [{ required: ['url'] }, { required: ['key'] }] }

/**
 * What a message says (contract 4.1): a string, or `{type, body}`. The types below are checked; a content of any other
 * type is relayed untouched, so that clients can agree on new ones without waiting for the gateway.
 */
export const CONTENT_TYPES = {
  text: Type.Object({ text: Type.String({ minLength: 1 }) }),
  markdown: Type.Object({ text: Type.String({ minLength: 1 }) }),
  image: Type.Object(
    {
      url: Type.Optional(Url),
      key: Type.Optional(Type.String({ maxLength: 512 })),
      width: Type.Optional(Type.Integer({ minimum: 0 })),
      height: Type.Optional(Type.Integer({ minimum: 0 })),
      size: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    urlOrKey,
  ),
  file: Type.Object(
    {
      url: Type.Optional(Url),
      key: Type.Optional(Type.String({ maxLength: 512 })),
      name: Type.String({ minLength: 1, maxLength: 255 }),
      size: Type.Integer({ minimum: 0 }),
      mime: Type.Optional(Type.String({ maxLength: 127 })),
    },
    urlOrKey,
  ),
} as const
export type ContentType = keyof typeof CONTENT_TYPES

export const isContentType = (type: string): type is ContentType => Object.hasOwn(CONTENT_TYPES, type)

export const Content = Type.Union(
  [
    Type.String({ minLength: 1 }),
    Type.Object(
      { type: Type.String({ minLength: 1, maxLength: 32 }), body: Type.Unknown() },
      { additionalProperties: true },
    ),
  ],
  { description: `Plain text, or an object with type and body; at most ${LIMITS.contentBytes} bytes as JSON` },
)
export type Content = Static<typeof Content>

/** The text people read in a content, where mentions and triggers are looked for; undefined when it has none. */
export const textOf = (content: Content): string | undefined => {
  if (typeof content === 'string') return content
  if (content.type !== 'text' && content.type !== 'markdown') return undefined
  const body = content.body
  if (typeof body !== 'object' || body === null || !('text' in body)) return undefined
  return typeof body.text === 'string' ? body.text : undefined
}
