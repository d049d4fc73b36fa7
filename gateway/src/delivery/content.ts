import { CONTENT_TYPES, type Content, type ContentType, isContentType, LIMITS, MChatError } from '@mchat/schema'
import { Compile, type Validator } from 'typebox/compile'

const bodies = new Map<ContentType, Validator>(
  Object.entries(CONTENT_TYPES).map(([type, body]) => [type as ContentType, Compile(body) as unknown as Validator]),
)

/**
 * Checks what the schema of the action leaves open: the size, and the body of the types the contract knows. A content
 * of another type is relayed untouched (contract 4.1).
 * @param json the content as it was sent
 * @throws MChatError `too_large`, `invalid_fields`
 */
export const checkContent = (content: Content, json: string): void => {
  if (json.length > LIMITS.contentBytes / 3 && Buffer.byteLength(json) > LIMITS.contentBytes) {
    throw new MChatError('too_large', {
      fields: [{ field: 'content', rule: 'maxBytes', message: `at most ${LIMITS.contentBytes} bytes as JSON` }],
    })
  }
  if (typeof content === 'string' || !isContentType(content.type)) return
  const body = bodies.get(content.type)
  if (body === undefined || body.Check(content.body)) return
  const [first] = body.Errors(content.body)
  const path = first?.instancePath.replaceAll('/', '.') ?? ''
  throw new MChatError('invalid_fields', {
    fields: [
      {
        field: `content.body${path}`,
        rule: first?.keyword ?? 'type',
        message: first?.message ?? 'does not fit its type',
      },
    ],
  })
}
