import { isMillraceError, messageOf, MillraceError } from '../model/errors.ts'
import type { Type } from './type.ts'

// Runs the users' types and names what a failure was about.

/** What something is called in an error; made only where there is one, since most make none. */
export type What = string | (() => string)

export const textOf = (what: What): string => (typeof what === 'string' ? what : what())

const invalid = (what: What, error: unknown): MillraceError =>
  isMillraceError(error) && error.code === 'VALUE_INVALID'
    ? error
    : new MillraceError('VALUE_INVALID', `${textOf(what)}: ${messageOf(error)}`, { cause: error })

/** @param what names the value in the error, as `bank/account.balance` */
export const encodeValue = (type: Type<unknown>, value: unknown, what: What): Uint8Array => {
  try {
    return type.encode(value)
  } catch (error) {
    throw invalid(what, error)
  }
}

export const decodeValue = (type: Type<unknown>, bytes: Uint8Array, what: What): unknown => {
  try {
    return type.decode(bytes)
  } catch (error) {
    throw invalid(what, error)
  }
}

/** As encodeValue, for messages and replies: undefined is no payload where the type lets that pass. */
export const encodePayload = (type: Type<unknown>, value: unknown, what: What): Uint8Array | undefined => {
  if (value !== undefined || type.decodeNothing === undefined) return encodeValue(type, value, what)
  decodePayload(type, undefined, what)
  return undefined
}

export const decodePayload = (type: Type<unknown>, payload: Uint8Array | undefined, what: What): unknown => {
  if (payload !== undefined) return decodeValue(type, payload, what)
  if (type.decodeNothing === undefined) throw new MillraceError('VALUE_INVALID', `${textOf(what)}: there is no payload`)
  try {
    return type.decodeNothing()
  } catch (error) {
    throw invalid(what, error)
  }
}
