import { adoptDiscovery } from '../../../runtime/coordinator/functions.ts'
import { Endpoint, type Batch } from '../../../runtime/coordinator/endpoint.ts'
import { Invoker } from '../../../runtime/coordinator/invoke.ts'
import { Router } from '../../../runtime/coordinator/route.ts'
import type { CallResult } from '../../../runtime/model/invocation.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import { nullLog } from '../../../runtime/platform/null-telemetry.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { systemRandom } from '../../../runtime/platform/system-random.ts'
import type { FunctionClient } from '../../../runtime/ports/function-client.ts'
import type { Discovery } from '../../../runtime/model/function-spec.ts'
import type { ApplyContext } from '../../../runtime/shard/apply.ts'
import { ParkedBounds } from '../../../runtime/shard/parked-bounds.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { counterTopology } from './counter-topology.ts'

/** The shipped parts that a record passes in the coordinator, put together as it does, without what drives them. */
export interface CoordinatorParts {
  readonly shard: Shard
  readonly router: Router
  readonly invoker: Invoker
  readonly context: Omit<ApplyContext, 'emit'>
}

/** What the invoker does with requests is told, and nothing else happens to them. */
export interface RequestHooks {
  readonly sent: (request: Uint8Array, onBytes: (answer: Uint8Array) => void) => void
  readonly answered: (batch: Batch, results: readonly CallResult[]) => void
}

const failure = { attemptsMax: 3, firstDelayMs: 100, maxDelayMs: 1_000, onFailure: 'deadLetter' } as const
/** The time at which everything happens. */
export const nowMs = 1_764_000_060_000

/** @param batchSize addresses in a request */
export const coordinatorParts = (discovery: Discovery, batchSize: number, hooks: RequestHooks): CoordinatorParts => {
  const { routes, egresses, deadLetterTopic, bindings } = counterTopology()
  const shard = new Shard()
  const parkedBounds = new ParkedBounds(shard, defaultLimits, 'deadLetterOldest')
  const endpoints = bindings.map((binding) => {
    const client: FunctionClient = {
      discover: () => Promise.resolve(discovery),
      invoke: (request, onBytes) => {
        hooks.sent(request, onBytes)
        // The flow says when a request ends. One promise for all would hold on to them all.
        return new Promise<never>(() => {})
      },
      close: () => Promise.resolve(),
    }
    const bounds = { addressesPerRequestMax: batchSize, requestsInFlightMax: Infinity }
    const endpoint = new Endpoint({ ...binding, ...bounds }, client, defaultLimits)
    adoptDiscovery(endpoint, discovery, shard, nullLog, nowMs)
    return endpoint
  })
  const invoker = new Invoker(shard, endpoints, defaultLimits, failure, systemClock, systemRandom, {
    push: (event) => {
      if (event.kind === 'results') hooks.answered(event.batch, event.results)
    },
    rediscover: () => {},
    ended: () => {},
  })
  const context = {
    nowMs,
    limits: defaultLimits,
    egresses: new Map(egresses.map(({ name, topic }) => [name, topic])),
    deadLetterTopic,
    encodeOutcome: () => new Uint8Array(0),
    parkedBounds,
    policyOf: () => failure,
    retryDelayMs: () => 100,
  }
  return { shard, router: new Router(shard, routes, defaultLimits, parkedBounds), invoker, context }
}
