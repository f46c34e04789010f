import { isMillraceError, messageOf, MillraceError } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import { idOfKey } from '../model/record-key.ts'
import type { LogRecord } from '../model/record.ts'
import type { Route, RoutedMessage } from '../model/topology.ts'
import { decodePayload, encodePayload } from '../sdk/coding.ts'
import type { DeclaredMessage } from '../sdk/contract.ts'
import { decodeJson } from '../sdk/json.ts'
import type { Type } from '../sdk/type.ts'
import { checkMessage } from './check-message.ts'
import { compileFunction } from './compile-function-route.ts'
import type { CheckedRoute, IngressDefinition } from './definition.ts'
import { idsAtPath } from './json-path.ts'

type Payload = RoutedMessage['payload']
/**
 * Makes the payload of a message that is the record's value. Where both are of one type, or the ingress declares none,
 * the bytes pass as they are and nobody looks at them before the handler.
 */
const payloadMaker = (
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
const jsonOf = (value: Type<unknown> | undefined, record: LogRecord, what: string): unknown => {
  if (value !== undefined) return decodePayload(value, record.value ?? undefined, `${what}: the value`)
  if (record.value === null) throw new MillraceError('VALUE_INVALID', `${what}: the value is null, no JSON`)
  try {
    return decodeJson(record.value)
  } catch (error) {
    throw new MillraceError('VALUE_INVALID', `${what}: the value is no JSON: ${messageOf(error)}`, { cause: error })
  }
}

/** The code of the error stays, its message says which route it was. */
const named = <T>(what: string, action: () => T): T => {
  try {
    return action()
  } catch (error) {
    if (!isMillraceError(error)) throw error
    throw new MillraceError(error.code, `${what}: ${error.message}`, { cause: error })
  }
}

/** One route as the coordinator runs it. */
export const compileRoute = (route: CheckedRoute, ingress: IngressDefinition, limits: Limits): Route => {
  const what = `routes[${route.index}] of ingress ${ingress.name}`
  const { rule } = route
  if (rule.kind === 'function')
    return { ingress: ingress.name, messagesOf: compileFunction(rule.messagesOf, ingress.value, limits, what) }
  const { typename, name: message } = rule.to
  const payloadOf = payloadMaker(ingress.value, rule.to, what)
  if (rule.kind === 'key')
    return {
      ingress: ingress.name,
      messagesOf: (record) => {
        if (record.key === null)
          throw new MillraceError('ROUTE_INVALID', `${what}: the record has no key, and the route goes by key`)
        const made = { typename, id: idOfKey(record.key), message, payload: payloadOf(record) }
        return [checkMessage(made, limits, what)]
      },
    }
  return {
    ingress: ingress.name,
    messagesOf: (record) => {
      const json = jsonOf(ingress.value, record, what)
      const ids = named(what, () => idsAtPath(rule.path, json, limits.effectsPerMessageMax))
      if (ids.length === 0) return []
      const payload = payloadOf(record)
      return ids.map((id) => checkMessage({ typename, id, message, payload }, limits, what))
    },
  }
}
