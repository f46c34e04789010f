import { isMillraceError, MillraceError } from '../model/errors.ts'
import type { Limits } from '../model/limits.ts'
import { idOfKey } from '../model/record-key.ts'
import type { Route } from '../model/topology.ts'
import { checkMessage } from './check-message.ts'
import { compileFunction } from './compile-function-route.ts'
import type { CheckedRoute, IngressDefinition } from './definition.ts'
import { idsAtPath } from './json-path.ts'
import { jsonOf, payloadMaker } from './record-value.ts'

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
    return { ingress: ingress.name, messagesOf: compileFunction(rule, ingress.value, limits, what) }
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
      byKey: { typename, message, payloadOf },
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
