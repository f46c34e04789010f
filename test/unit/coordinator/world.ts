import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { startCoordinator } from '../../../runtime/coordinator/start.ts'
import type { RunningCoordinator } from '../../../runtime/coordinator/running.ts'
import type { CoordinatorSettings } from '../../../runtime/coordinator/settings.ts'
import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { defaultFailurePolicy } from '../../../runtime/model/function-spec.ts'
import { defaultLimits, type Limits } from '../../../runtime/model/limits.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import type { Route, Topology } from '../../../runtime/model/topology.ts'
import { inProcessFunctionClient } from '../../../runtime/platform/in-process-function-client.ts'
import { nullTelemetry } from '../../../runtime/platform/null-telemetry.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { Clock } from '../../../runtime/ports/clock.ts'
import type { FunctionClient, LocalFunctions } from '../../../runtime/ports/function-client.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { createHandler } from '../../../runtime/sdk/handler.ts'
import type { Implementation } from '../../../runtime/sdk/actor.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'

export interface WorldOptions {
  readonly routes?: readonly Route[]
  readonly egresses?: readonly string[]
  readonly limits?: Partial<Limits>
  readonly settings?: Partial<CoordinatorSettings>
  readonly client?: (real: FunctionClient) => FunctionClient
  readonly store?: (real: ObjectStore) => ObjectStore
}

/** What is another for one start. */
export interface StartChange {
  readonly clock?: Clock
  readonly store?: ObjectStore
  readonly kafka?: TransactionalLog
  readonly client?: FunctionClient | LocalFunctions
  readonly implementations?: readonly Implementation[]
  readonly topology?: Partial<Topology>
  readonly settings?: Partial<CoordinatorSettings>
}

/** A coordinator over a store and a log in memory, which outlive it: it can be crashed and started again. */
export const makeWorld = async (implementations: readonly Implementation[], options: WorldOptions = {}) => {
  const clock = systemClock
  const store = memoryStore(clock)
  const log = memoryLog(clock)
  const egresses = options.egresses ?? ['out']
  for (const name of ['in', 'dead', ...egresses])
    await log.createTopic({ name, partitions: 4, replicationFactor: undefined, compacted: false })
  const topology: Topology = {
    application: 'test',
    ingresses: [{ name: 'in', topics: ['in'], start: { kind: 'earliest' } }],
    routes: options.routes ?? [],
    egresses: egresses.map((name) => ({ name, topic: name })),
    deadLetterTopic: 'dead',
    bindings: [
      {
        endpoint: 'local',
        typenames: implementations.map(({ typename }) => typename),
        timeoutMs: 5_000,
        requestsInFlightMax: 4,
        addressesPerRequestMax: 100,
      },
    ],
  }
  const settings: CoordinatorSettings = {
    limits: { ...defaultLimits, ...options.limits },
    maxParallelism: 960,
    commit: { minIntervalMs: 0, transactionTimeoutMs: 10_000 },
    checkpoint: { windowsMax: 1_000, bytesMax: 64 << 20 },
    failure: defaultFailurePolicy,
    parking: { whenFull: 'deadLetterOldest' },
    idempotency: { retentionMs: 86_400_000 },
    shutdown: { deadlineMs: 5_000 },
    internalTopics: { prefix: 'test', partitions: 16, replicationFactor: undefined, create: true },
    createApplication: false,
    ...options.settings,
  }
  const local = inProcessFunctionClient(createHandler(implementations))
  let starts = 0
  const start = (change: StartChange = {}): Promise<RunningCoordinator> => {
    const served = change.implementations ? inProcessFunctionClient(createHandler(change.implementations)) : local
    const changed = [
      { ...topology, ...change.topology },
      { ...settings, ...change.settings },
    ] as const
    return startCoordinator(...changed, {
      clock: change.clock ?? clock,
      random: seededRandom(++starts),
      store: change.store ?? options.store?.(store) ?? store,
      kafka: change.kafka ?? log.connect(),
      clients: new Map([['local', change.client ?? options.client?.(served) ?? served]]),
      telemetry: nullTelemetry,
    })
  }
  const committed = async (topic: string): Promise<LogRecord[]> => {
    const positions = [0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 }))
    const fetched = await log.fetch('test', positions, { maxWaitMs: 0, maxBytes: 1 << 30, partitionMaxBytes: 1 << 30 })
    if (fetched.kind !== 'ok') throw fetched.cause
    return fetched.value.flatMap((partition) => committedRecords(partition, 0).records)
  }
  const feed = (key: string | null, value: string): void => {
    log.append('in', null, { key: key === null ? null : utf8Encode(key), value: utf8Encode(value) })
  }
  return { store, log, local, start, committed, feed, topology, settings }
}

export const textOf = (bytes: Uint8Array | null): string => (bytes ? utf8Decode(bytes) : '(null)')

/** Waits until `check` answers something; the test's own time-out ends a wait for what never comes. */
export const eventually = async <T>(
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> => {
  for (;;) {
    const found = await check()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
