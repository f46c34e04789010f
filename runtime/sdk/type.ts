import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isTypename } from '../model/address.ts'
import { MillraceError } from '../model/errors.ts'
import { encodedCopy } from './encoded-bytes.ts'

/** How values of one type become bytes and back. Its typename stands for the encoding: change both together. */
export interface Type<T> {
  readonly typename: string
  /** Throws where the value is none of this type. Nobody else may have or change what it answers. */
  encode(value: T): Uint8Array
  /** Gets a view that is valid during the call, and must not change it: copy what you keep. Throws where the bytes are no such value. */
  decode(bytes: Uint8Array): T
  /** Present where a message may come without a payload: what it is then. */
  decodeNothing?(): T
}

/**
 * What declares a type: one of Millrace's, or a Standard Schema (zod, valibot, arktype …), whose values are kept as JSON.
 * A schema's output must be valid input for it, since what is written is validated again when it is read.
 */
export type Typed = Type<unknown> | StandardSchemaV1

/** The values of a type or schema. */
export type Of<S> = S extends Type<infer T> ? T : S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : never

/** Refuses schemas that could not read again what was written: those whose output is no valid input for them. */
export type ReadsWhatItWrites<S> =
  S extends StandardSchemaV1<infer I, infer O>
    ? [O] extends [I]
      ? unknown
      : { readonly 'the output of this schema is no valid input for it': never }
    : unknown

/** What `type` wants of an encoding. The bytes are yours: they are copied on both ways. */
export interface Codec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
}

/**
 * A type with an encoding of your own.
 * @param typename `namespace/name`, as other languages know it
 * @example const Greet = type('my.app/Greet', { encode: (g: Greet) => …, decode: (bytes) => … })
 */
export const type = <T>(typename: string, codec: Codec<T>): Type<T> => ({
  typename: checkedTypename(typename),
  encode: (value) => encodedCopy(codec.encode(value)),
  decode: (bytes) => codec.decode(new Uint8Array(bytes)),
})

/** Throws a MillraceError SETTING_INVALID. */
export const checkedTypename = (typename: string): string => {
  if (isTypename(typename)) return typename
  const message = `type '${typename}': a typename is written namespace/name, as my.app/Greet`
  throw new MillraceError('SETTING_INVALID', message)
}
