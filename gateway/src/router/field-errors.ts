import type { FieldError } from '@mchat/schema'
import type { Validator } from 'typebox/compile'

/** What is wrong with a value, one entry per field: of a union every member fails, which is one mistake of the sender. */
export const fieldErrors = (validator: Validator, value: unknown, atMost: number): FieldError[] => {
  const errors = new Map<string, FieldError>()
  const add = (field: string, rule: string, message: string): void => {
    if (!errors.has(field) && errors.size < atMost) errors.set(field, { field, rule, message })
  }
  for (const error of validator.Errors(value)) {
    const path = error.instancePath
      .slice(1)
      .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
      .replaceAll('/', '.')
    if (error.keyword !== 'required') {
      add(path, error.keyword, error.message)
      continue
    }
    for (const name of error.params.requiredProperties) {
      add(path === '' ? name : `${path}.${name}`, 'required', 'is required')
    }
  }
  return [...errors.values()]
}
