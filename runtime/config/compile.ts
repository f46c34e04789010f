import { assert } from '../model/errors.ts'
import { defaultLimits, type Limits } from '../model/limits.ts'
import type { Topology } from '../model/topology.ts'
import { compileRoute } from './compile-route.ts'
import type { ApplicationDefinition } from './definition.ts'

/**
 * What the coordinator runs.
 * @param limits those in force, from `resolveSettings`
 */
export const compile = (definition: ApplicationDefinition, limits: Limits = defaultLimits): Topology => ({
  application: definition.name,
  ingresses: definition.ingresses.map(({ name, topics, start }) => ({ name, topics, start })),
  routes: definition.routes.map((route) => {
    const ingress = definition.ingresses.find(({ name }) => name === route.ingress)
    assert(ingress !== undefined, `a route of ${route.ingress} was checked without its ingress`)
    return compileRoute(route, ingress, limits)
  }),
  egresses: definition.egresses,
  deadLetterTopic: definition.deadLetterTopic,
  bindings: definition.functions.map((served) => ({
    endpoint: served.endpoint,
    typenames: served.typenames,
    timeoutMs: served.timeoutMs,
    requestsInFlightMax: served.requestsInFlightMax,
    addressesPerRequestMax: served.addressesPerRequestMax,
  })),
})
