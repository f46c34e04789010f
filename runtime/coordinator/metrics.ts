import type { GaugeReading, Telemetry } from '../ports/telemetry.ts'
import type { Shard } from '../shard/shard.ts'
import type { Invoker } from './invoke.ts'
import type { OwnWindows } from './own-windows.ts'
import type { Poller } from './poll.ts'

const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

/** The numbers that a coordinator counts as it goes. */
export class Metrics {
  readonly records
  readonly messages
  readonly incomplete
  readonly failures
  readonly emitted
  readonly held
  readonly windows
  readonly windowBytes
  readonly commitSeconds
  readonly invocationSeconds
  readonly invocations
  readonly requests

  constructor(telemetry: Telemetry) {
    this.records = telemetry.counter('millrace_records_total', 'Records routed.')
    this.messages = telemetry.counter('millrace_messages_total', 'Messages whose effects were applied.')
    this.incomplete = telemetry.counter(
      'millrace_incomplete_calls_total',
      'Calls that were made once more, with entries of a large map that their handler had asked for.',
    )
    this.failures = telemetry.counter('millrace_failures_total', 'Messages that failed.', [
      'function',
      'code',
      'outcome',
    ])
    this.emitted = telemetry.counter('millrace_emitted_total', 'Records put out, dead letters included.')
    this.held = telemetry.counter('millrace_held_records_total', 'Records that a shadow has not put out.')
    this.windows = telemetry.counter('millrace_windows_total', 'Windows committed.')
    this.windowBytes = telemetry.counter('millrace_window_bytes_total', 'Bytes of windows committed.')
    this.commitSeconds = telemetry.histogram('millrace_commit_seconds', 'From closing a window to its commit.', seconds)
    this.invocationSeconds = telemetry.histogram('millrace_invocation_seconds', 'Requests to handlers.', seconds, [
      'endpoint',
    ])
    this.invocations = telemetry.counter('millrace_invocations_total', 'Requests to handlers.', ['endpoint', 'outcome'])
    this.requests = telemetry.counter('millrace_requests_total', 'Requests from outside.', ['kind'])
  }
}

const pausedFunctions = (shard: Shard): number =>
  shard.tables.filter(({ pausedSinceMs }) => pausedSinceMs !== undefined).length

/** Numbers that are read when someone asks. */
export const watch = (
  telemetry: Telemetry,
  shard: Shard,
  invoker: Invoker,
  poller: Poller,
  windows: OwnWindows,
): void => {
  const one = (value: number): GaugeReading[] => [{ labels: [], value }]
  const gauge = (name: string, help: string, read: () => number): void =>
    telemetry.gauge(name, help, [], () => one(read()))
  gauge('millrace_pending_messages', 'Messages in lanes that are not stopped.', () => shard.pendingMessages)
  gauge('millrace_pending_bytes', 'Bytes of these messages.', () => shard.pendingBytes)
  gauge('millrace_parked_addresses', 'Addresses that wait behind a failed message.', () => shard.stopped.parked)
  gauge('millrace_paused_addresses', 'Addresses that an operator has paused, one by one.', () => shard.stopped.paused)
  gauge('millrace_paused_functions', 'Functions that an operator has paused.', () => pausedFunctions(shard))
  gauge('millrace_parked_messages', 'Messages of parked and paused addresses.', () => shard.parkedMessages)
  gauge('millrace_parked_bytes', 'Bytes of these messages.', () => shard.parkedBytes)
  gauge('millrace_in_flight_requests', 'Requests that handlers are working on.', () => invoker.inFlight)
  gauge('millrace_delayed_messages', 'Delayed messages.', () => shard.timers.size)
  gauge('millrace_idempotency_keys', 'Idempotency keys kept.', () => shard.requests.size)
  gauge('millrace_undelivered_records', 'Egress records that could not be written.', () => shard.undelivered.size)
  gauge('millrace_unpublished_windows', 'Committed windows to be published.', () => windows.count)
  gauge('millrace_unpublished_bytes', 'Bytes of windows to be published.', () => windows.bytes)
  telemetry.gauge('millrace_lag_records', 'Records not yet routed.', ['ingress', 'topic', 'partition'], function* () {
    for (const { source, lag } of poller.lags())
      yield { labels: [source.ingress, source.topic, String(source.partition)], value: lag }
  })
  telemetry.gauge('millrace_addresses', 'Addresses with state or messages.', ['function'], function* () {
    for (const { typename, size } of shard.tables) yield { labels: [typename], value: size }
  })
  telemetry.gauge('millrace_state_bytes', 'Bytes of state.', ['function'], function* () {
    for (const { typename, stateBytes } of shard.tables) yield { labels: [typename], value: stateBytes }
  })
}
