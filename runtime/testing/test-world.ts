import { compile } from '../config/compile.ts'
import type { ApplicationDefinition } from '../config/definition.ts'
import { resolveSettings } from '../config/resolve-settings.ts'
import type { Settings } from '../config/settings.ts'
import { memoryLog, type MemoryLog } from '../connectors/memory/memory-log.ts'
import type { Implementation } from '../sdk/actor.ts'
import { memoryStore } from '../storage/memory.ts'
import type { World } from './coordinator-life.ts'
import { functionClients, type Implementations, implementationsOf } from './function-clients.ts'
import { TestClock } from './test-clock.ts'

/** What outlives the coordinators of one test. */
export interface TestWorld extends World {
  readonly clock: TestClock
  readonly log: MemoryLog
  readonly callTimeoutMs: number
  readonly implementations: Implementations
  /** Partitions by topic. */
  readonly topics: ReadonlyMap<string, number>
}

/** What decides how functions behave; where things are kept and how to reach them is the test's own affair. */
const behaviour = /^(limits|checkpoint|failure|idempotency|shutdown)\.|^http\.callTimeout$|^commit\.transactionTimeout$/
const ingressPartitions = 4

export const testWorld = (
  definition: ApplicationDefinition,
  handlers: readonly Implementation[],
  seed: number | string,
  startMs: number | undefined,
): TestWorld => {
  const given = new Map([...definition.given].filter(([path]) => behaviour.test(path)))
  const { settings } = resolveSettings({ name: definition.name, given }, {})
  const topology = compile(definition, settings.limits)
  const implementations = implementationsOf(definition, handlers)
  const clock = new TestClock(startMs)
  const log = memoryLog(clock, { recordBytesMax: 1 << 30 })
  // One partition for what is written: a test then finds the records in the order in which they were emitted.
  const topics = new Map([...topology.egresses.map(({ topic }) => topic), topology.deadLetterTopic].map((t) => [t, 1]))
  for (const { topics: read } of topology.ingresses) for (const topic of read) topics.set(topic, ingressPartitions)
  return {
    topology,
    settings: coordinatorSettings(settings),
    clock,
    seed,
    store: memoryStore(clock),
    log,
    connect: () => log.connect(),
    implementations,
    clients: functionClients(definition, implementations),
    callTimeoutMs: settings.http.callTimeoutMs,
    topics,
  }
}

/** A window never waits for time to pass, since here it does not. */
const coordinatorSettings = (settings: Settings): World['settings'] => ({
  limits: settings.limits,
  maxParallelism: settings.maxParallelism,
  commit: { minIntervalMs: 0, transactionTimeoutMs: settings.commit.transactionTimeoutMs },
  checkpoint: settings.checkpoint,
  failure: settings.failure,
  parking: settings.parking,
  idempotency: settings.idempotency,
  shutdown: settings.shutdown,
  internalTopics: { ...settings.internalTopics, replicationFactor: undefined, create: true },
  createApplication: true,
})
