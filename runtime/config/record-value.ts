import { messageOf, MillraceError } from '../model/errors.ts'
import type { LogRecord } from '../model/record.ts'
import type { RoutedMessage } from '../model/topology.ts'
import { decodePayload, encodePayload } from '../sdk/coding.ts'
import type { DeclaredMessage } from '../sdk/contract.ts'
import { decodeJson } from '../sdk/json.ts'
import type { Type } from '../sdk/type.ts'

type Payload = RoutedMessage['payload']
/**
 * Makes the payload of a message that is the record's value. Where both are of one type, or the ingress declares none,
 * the bytes pass as they are and nobody looks at them before the handler.
 */
export const payloadMaker = (
  value: Type<unknown> | undefined,
  to: DeclaredMessage,
  what: string,
): ((record: LogRecord) => Payload) => {
  if (value === undefined || value.typename === to.type.typename)
    return (record) => {
      if (record.value !== null) return record.value
      // Only to ask whether the message can do without a payload.
      decodePayload(to.type, undefined, `${what}: ${to.what} of a null value`)
      return undefined
    }
  return (record) => {
    const decoded = decodePayload(value, record.value ?? undefined, `${what}: the value`)
    return encodePayload(to.type, decoded, `${what}: ${to.what}`)
  }
}

/** A record's value for a path to lead through: of its type, or JSON where the ingress declares none. */
export const jsonOf = (value: Type<unknown> | undefined, record: LogRecord, what: string): unknown => {
  if (value !== undefined) return decodePayload(value, record.value ?? undefined, `${what}: the value`)
  if (record.value === null) throw new MillraceError('VALUE_INVALID', `${what}: the value is null, no JSON`)
  try {
    return decodeJson(record.value)
  } catch (error) {
    throw new MillraceError('VALUE_INVALID', `${what}: the value is no JSON: ${messageOf(error)}`, { cause: error })
  }
}
