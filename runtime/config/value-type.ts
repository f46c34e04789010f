import { typeOf } from '../sdk/schema-type.ts'
import type { Type, Typed } from '../sdk/type.ts'

/** Some schemas are functions. */
const isTyped = (value: unknown): value is Typed => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  if ('~standard' in value) return true
  if (!('typename' in value && 'encode' in value && 'decode' in value)) return false
  return typeof value.typename === 'string' && [value.encode, value.decode].every((part) => typeof part === 'function')
}

/** A type or schema of the application file as a type; undefined where it is neither. */
export const valueTypeOf = (value: unknown, typename: string): Type<unknown> | undefined =>
  isTyped(value) ? typeOf(value, typename) : undefined
