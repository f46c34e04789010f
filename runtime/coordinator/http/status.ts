import type { Endpoint } from '../endpoint.ts'
import type { RunningCoordinator } from '../running.ts'
import { sumOf } from './metrics-text.ts'
import { quantilesBetween } from './quantile.ts'
import type { RecentMetrics } from './recent-metrics.ts'

/** Partitions and functions that one answer names. */
const shownMax = 1_000

const perSecond = {
  records: 'millrace_records_total',
  messages: 'millrace_messages_total',
  emitted: 'millrace_emitted_total',
  requests: 'millrace_requests_total',
  invocations: 'millrace_invocations_total',
  windows: 'millrace_windows_total',
  windowBytes: 'millrace_window_bytes_total',
} as const

const gauges = {
  pendingMessages: 'millrace_pending_messages',
  pendingBytes: 'millrace_pending_bytes',
  requestsInFlight: 'millrace_in_flight_requests',
  delayedMessages: 'millrace_delayed_messages',
  idempotencyKeys: 'millrace_idempotency_keys',
  undeliveredRecords: 'millrace_undelivered_records',
  parkedAddresses: 'millrace_parked_addresses',
  parkedMessages: 'millrace_parked_messages',
  pausedAddresses: 'millrace_paused_addresses',
  pausedFunctions: 'millrace_paused_functions',
  unpublishedWindows: 'millrace_unpublished_windows',
  unpublishedBytes: 'millrace_unpublished_bytes',
  addresses: 'millrace_addresses',
  stateBytes: 'millrace_state_bytes',
  lag: 'millrace_lag_records',
} as const

/**
 * How a coordinator does right now. Numbers are those of /metrics, so they also come while the store is down and committed
 * state cannot be read; what is not known is null.
 */
export const statusOf = (running: RunningCoordinator, recent: RecentMetrics) => {
  const { now, before } = recent
  const seconds = before ? (now.atMs - before.atMs) / 1_000 : 0
  const rate = (name: string): number | null => {
    const total = sumOf(now.samples, name)
    if (!before || total === undefined) return null
    return Math.max(0, total - (sumOf(before.samples, name) ?? 0)) / seconds
  }
  const number = (name: string, where?: Record<string, string>): number | null =>
    sumOf(now.samples, name, where) ?? null
  const latency = (name: string, where?: Record<string, string>) => {
    const [p50, p99] = before ? quantilesBetween(before.samples, now.samples, name, [0.5, 0.99], where) : []
    return { p50Ms: milliseconds(p50), p99Ms: milliseconds(p99) }
  }
  const failures = (outcome: string): number => sumOf(now.samples, 'millrace_failures_total', { outcome }) ?? 0
  return {
    state: running.state,
    shadow: running.shadow ?? null,
    overSeconds: seconds,
    perSecond: mapValues(perSecond, rate),
    totals: {
      ...mapValues(perSecond, (name) => number(name)),
      retries: failures('retried'),
      deadLetters: failures('dead-letter'),
      parked: failures('parked'),
    },
    now: mapValues(gauges, (name) => number(name)),
    latency: { commit: latency('millrace_commit_seconds'), invocation: latency('millrace_invocation_seconds') },
    lag: [...(now.samples.get(gauges.lag) ?? [])]
      .sort((a, b) => b.value - a.value)
      .slice(0, shownMax)
      .map(({ labels, value }) => ({
        ingress: labels.get('ingress'),
        topic: labels.get('topic'),
        partition: Number(labels.get('partition')),
        lag: value,
      })),
    endpoints: running.endpoints.map((endpoint) => ({
      ...endpointStatus(endpoint),
      latency: latency('millrace_invocation_seconds', { endpoint: endpoint.binding.endpoint }),
    })),
    functions: running.endpoints
      .flatMap((endpoint) =>
        endpoint.binding.typenames.map((typename) => ({
          typename,
          endpoint: endpoint.binding.endpoint,
          held: endpoint.held.get(typename) ?? null,
          addresses: number(gauges.addresses, { function: typename }),
          stateBytes: number(gauges.stateBytes, { function: typename }),
        })),
      )
      .slice(0, shownMax),
  }
}

/** Which endpoint, and whether it answers. */
export const endpointStatus = (endpoint: Endpoint) => {
  const { binding, specs, breaker, version, lastError, requestsInFlight, messagesInFlight, queue } = endpoint
  const discovered = binding.typenames.every((typename) => specs.has(typename))
  return {
    endpoint: binding.endpoint,
    state: !discovered ? ('undiscovered' as const) : breaker.open ? ('failing' as const) : ('healthy' as const),
    version: version ?? null,
    lastError: lastError ?? null,
    requestsInFlight,
    requestsInFlightMax: binding.requestsInFlightMax,
    messagesInFlight,
    addressesWaiting: queue.length,
  }
}

const milliseconds = (seconds: number | undefined): number | null => (seconds === undefined ? null : seconds * 1_000)

const mapValues = <K extends string, V>(
  record: Readonly<Record<K, string>>,
  map: (value: string) => V,
): Record<K, V> => {
  const entries = Object.entries<string>(record).map(([key, value]) => [key, map(value)])
  // The keys are those of `record`.
  return Object.fromEntries(entries) as Record<K, V>
}
