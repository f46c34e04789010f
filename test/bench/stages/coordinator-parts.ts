import { application, endpoint, kafka, route, s3 } from 'millrace/config'
import { compile } from '../../../runtime/config/compile.ts'
import { adoptDiscovery } from '../../../runtime/coordinator/functions.ts'
import { Endpoint } from '../../../runtime/coordinator/endpoint.ts'
import { Router } from '../../../runtime/coordinator/route.ts'
import { defaultLimits } from '../../../runtime/model/limits.ts'
import type { Topology } from '../../../runtime/model/topology.ts'
import { nullLog } from '../../../runtime/platform/null-telemetry.ts'
import type { Discovery } from '../../../runtime/model/function-spec.ts'
import type { ApplyContext } from '../../../runtime/shard/apply.ts'
import { ParkedBounds } from '../../../runtime/shard/parked-bounds.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { counter } from '../workloads/keyed-counter/actor.ts'

/** The shipped parts that a record passes in the coordinator, put together as it does, without what drives them. */
export interface CoordinatorParts {
  readonly shard: Shard
  readonly router: Router
  readonly endpoint: Endpoint
  readonly context: ApplyContext
}

const failure = { attemptsMax: 3, firstDelayMs: 100, maxDelayMs: 1_000, onFailure: 'deadLetter' } as const
/** The time at which everything happens. */
export const nowMs = 1_764_000_060_000

const topology = (): Topology =>
  compile(
    application('stages', {
      ingress: { events: kafka({ topic: 'events', start: 'earliest' }) },
      routes: [route('events', { by: 'key', to: counter.messages.event })],
      functions: [endpoint('http://127.0.0.1:1', [counter])],
      egress: { counts: kafka({ topic: 'counts' }), deadLetters: kafka({ topic: 'dead' }) },
      kafka: { brokers: ['127.0.0.1:1'] },
      storage: s3({ bucket: 'none' }),
    }),
  )

export const coordinatorParts = (discovery: Discovery): CoordinatorParts => {
  const { routes, egresses, deadLetterTopic, bindings } = topology()
  const [binding] = bindings
  if (!binding) throw new Error('the application has no endpoint')
  const shard = new Shard()
  const parkedBounds = new ParkedBounds(shard, defaultLimits, 'deadLetterOldest')
  const unused = (): Promise<never> => Promise.reject(new Error('nobody is asked here'))
  const client = { discover: unused, invoke: unused, close: async () => {} }
  const served = new Endpoint(binding, client, defaultLimits)
  adoptDiscovery(served, discovery, shard, nullLog, nowMs)
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
  return { shard, router: new Router(shard, routes, defaultLimits, parkedBounds), endpoint: served, context }
}
