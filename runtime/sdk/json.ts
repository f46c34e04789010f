import { utf8Decode } from '../model/bytes.ts'
import { encodedText } from './encoded-bytes.ts'
import { checkedTypename, type Type } from './type.ts'

export const encodeJson = (value: unknown): Uint8Array => {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError(`${typeof value} cannot be written as JSON`)
  return encodedText(text)
}

export const decodeJson = (bytes: Uint8Array): unknown => JSON.parse(utf8Decode(bytes))

/**
 * JSON that nobody checks: `T` is what you promise. Prefer a schema where the data comes from outside.
 * @param typename `namespace/name`
 */
export const json = <T>(typename: string): Type<T> => ({
  typename: checkedTypename(typename),
  encode: encodeJson,
  decode: (bytes) => decodeJson(bytes) as T,
})
