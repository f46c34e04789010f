import type { Topology } from '../../../runtime/model/topology.ts'
import type { Scenario } from '../scenario.ts'
import type { Actors } from '../workload/interpreter.ts'
import { parse } from './route.ts'
import { topics } from './topics.ts'

/** What the coordinators of a run work on: one ingress, one egress, and actors behind one or two endpoints. */
export const topologyOf = (scenario: Scenario, actors: Actors): Topology => {
  const endpointOf = (i: number): string => `e${i % scenario.endpoints}`
  const endpoints = [...new Set(scenario.typenames.map((_, i) => endpointOf(i)))]
  return {
    application: 'sim',
    ingresses: [{ name: 'in', topics: [topics.input], start: { kind: 'earliest' } }],
    routes: [{ ingress: 'in', messagesOf: (record) => [parse(record, actors)] }],
    egresses: [{ name: 'out', topic: topics.output }],
    deadLetterTopic: topics.deadLetters,
    bindings: endpoints.map((endpoint) => ({
      endpoint,
      typenames: scenario.typenames.filter((_, i) => endpointOf(i) === endpoint),
      timeoutMs: 5_000,
      requestsInFlightMax: 1 + (scenario.seed % 4),
      addressesPerRequestMax: 1 + (scenario.seed % 7),
    })),
  }
}
