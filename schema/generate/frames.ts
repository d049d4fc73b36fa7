import { type ActionDefinition, errorsOf } from '../src/action.ts'
import { FailureData, Request, Response } from '../src/envelope.ts'
import { ERRORS } from '../src/errors.ts'
import { type JsonObject, plainSchema } from './schema-form.ts'

/** The whole request payload of an action: the envelope and the action's own fields in one object. */
export const requestFrame = (action: string, definition: ActionDefinition): JsonObject => {
  const input = plainSchema(definition.input)
  const { properties: fields, required: requiredFields, type, ...rest } = input
  return {
    title: `${action} request`,
    description: definition.summary,
    type: type ?? 'object',
    required: ['action', ...((requiredFields ?? []) as string[])],
    properties: {
      action: { type: 'string', const: action },
      seq_id: plainSchema(Request.properties.seq_id),
      ...(fields as JsonObject),
    },
    ...rest,
  }
}

/** The whole response payload of an action: which codes and reasons it can hold, and what `data` is with each. */
export const responseFrame = (action: string, definition: ActionDefinition): JsonObject => {
  const reasons = errorsOf(definition)
  const codes = [0, ...new Set(reasons.map((reason) => ERRORS[reason].code))].sort((a, b) => a - b)
  const envelope = plainSchema(Response)
  const properties = envelope.properties as Record<string, JsonObject>
  return {
    title: `${action} response`,
    description: definition.summary,
    type: 'object',
    required: envelope.required ?? [],
    properties: {
      ...properties,
      code: { type: 'integer', enum: codes, description: '0 is success' },
      data: { type: ['object', 'null'] },
      reason: { ...properties.reason, enum: [...reasons] },
    },
    if: { properties: { code: { const: 0 } } },
    // biome-ignore lint/suspicious/noThenProperty: the JSON Schema keyword
    then: { properties: { data: plainSchema(definition.output) } },
    else: { properties: { data: { anyOf: [plainSchema(FailureData), { type: 'null' }] } } },
  }
}
