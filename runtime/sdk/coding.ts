import { isMillraceError, messageOf, MillraceError } from '../model/errors.ts'
import type { Type } from './type.ts'

// Runs the users' types and names what a failure was about.

const invalid = (what: string, error: unknown): MillraceError =>
  isMillraceError(error) && error.code === 'VALUE_INVALID'
    ? error
    : new MillraceError('VALUE_INVALID', `${what}: ${messageOf(error)}`, { cause: error })

/** @param what names the value in the error, as `bank/account.balance` */
export const encodeValue = (type: Type<unknown>, value: unknown, what: string): Uint8Array => {
  try {
    return type.encode(value)
  } catch (error) {
    throw invalid(what, error)
  }
}

export const decodeValue = (type: Type<unknown>, bytes: Uint8Array, what: string): unknown => {
  try {
    return type.decode(bytes)
  } catch (error) {
    throw invalid(what, error)
  }
}

/** As encodeValue, for messages and replies: undefined is no payload where the type lets that pass. */
export const encodePayload = (type: Type<unknown>, value: unknown, what: string): Uint8Array | undefined => {
  if (value !== undefined || type.decodeNothing === undefined) return encodeValue(type, value, what)
  decodePayload(type, undefined, what)
  return undefined
}

export const decodePayload = (type: Type<unknown>, payload: Uint8Array | undefined, what: string): unknown => {
  if (payload !== undefined) return decodeValue(type, payload, what)
  if (type.decodeNothing === undefined) throw new MillraceError('VALUE_INVALID', `${what}: there is no payload`)
  try {
    return type.decodeNothing()
  } catch (error) {
    throw invalid(what, error)
  }
}
