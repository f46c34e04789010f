import type { StandardSchemaV1 } from '@standard-schema/spec'
import { decodeJson, encodeJson } from './json.ts'
import type { Type, Typed } from './type.ts'

/** A type as it is; a schema as the type of the JSON that it lets pass, under `typename`. */
export const typeOf = (typed: Typed, typename: string): Type<unknown> =>
  '~standard' in typed ? schemaType(typed, typename) : typed

const schemaType = (schema: StandardSchemaV1, typename: string): Type<unknown> => ({
  typename,
  encode: encodeJson,
  decode: (bytes) => validated(schema, decodeJson(bytes)),
  decodeNothing: () => validated(schema, undefined),
})

const issuesShown = 5

const validated = (schema: StandardSchemaV1, value: unknown): unknown => {
  const result = schema['~standard'].validate(value)
  if ('then' in result) {
    result.then(undefined, () => undefined)
    throw new TypeError('its schema validates asynchronously, which cannot be waited for here; use a synchronous one')
  }
  if (result.issues === undefined) return result.value
  const issues = result.issues.slice(0, issuesShown).map(({ message, path }) => {
    const keys = (path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
  })
  throw new TypeError(issues.join('; '))
}
