import { actionIds } from './action-ids.ts'
import { asyncApi } from './asyncapi.ts'
import { jsonSchemas } from './json-schema.ts'
import { referencePages } from './reference.ts'
import type { JsonObject } from './schema-form.ts'

/** Everything in here is generated, and what nothing generates any more is left over. */
export const GENERATED_FOLDER = 'schema/generated'
/** Pages of other origins stand beside the generated ones, which are known by their mark. */
export const REFERENCE_FOLDER = 'docs/reference'

const jsonText = (value: JsonObject): string => `${JSON.stringify(value, null, 2)}\n`

/** The text of every generated file by its path in the repository. */
export const products = (): Map<string, string> => {
  const files = new Map<string, string>()
  for (const [path, schema] of jsonSchemas()) files.set(`${GENERATED_FOLDER}/json-schema/${path}`, jsonText(schema))
  files.set(`${GENERATED_FOLDER}/asyncapi.json`, jsonText(asyncApi()))
  files.set(`${GENERATED_FOLDER}/action-ids.ts`, actionIds())
  for (const [name, page] of referencePages()) files.set(`${REFERENCE_FOLDER}/${name}`, `${page}\n`)
  return files
}
