import { messageOf } from '../model/errors.ts'
import type { Discovery } from '../model/function-spec.ts'
import type { Topology } from '../model/topology.ts'
import { Committer, type CommitObserver } from '../log/commit.ts'
import type { MarkerHint } from '../log/log-entry.ts'
import type { ManifestStore } from '../log/manifest-store.ts'
import type { Incarnation, Recovered } from '../log/recover.ts'
import { StoreClock } from '../log/store-clock.ts'
import { LogReader } from '../log/take-over.ts'
import { ParkedBounds } from '../shard/parked-bounds.ts'
import { Checkpoints } from './checkpoints.ts'
import { Commits } from './commits.ts'
import { Coordinator, type Stages } from './coordinator.ts'
import { DeadLetters } from './dead-letters.ts'
import { EgressGate } from './egress-gate.ts'
import type { Endpoint } from './endpoint.ts'
import type { Event } from './events.ts'
import { adoptDiscovery, discover } from './functions.ts'
import { GroupOffsets } from './group-offsets.ts'
import { Inbox } from './inbox.ts'
import { Invoker, type InvokerHooks } from './invoke.ts'
import { Metrics, watch } from './metrics.ts'
import { OpenWindow } from './open-window.ts'
import { OwnWindows } from './own-windows.ts'
import type { Parts } from './parts.ts'
import { Poller } from './poll.ts'
import { Publishing } from './publishing.ts'
import { Requests } from './requests.ts'
import { Resend } from './resend.ts'
import { Router } from './route.ts'
import { Savepoints } from './savepoints.ts'
import { RunningCoordinator } from './running.ts'
import type { CoordinatorSettings } from './settings.ts'
import { startPositions } from './start-positions.ts'

/** All that the start has brought together. */
export interface Assembly {
  readonly topology: Topology
  readonly settings: CoordinatorSettings
  readonly parts: Parts
  readonly manifests: ManifestStore
  readonly incarnation: Incarnation
  readonly recovered: Recovered
  readonly endpoints: readonly Endpoint[]
  readonly discoveries: ReadonlyMap<Endpoint, Discovery | undefined>
  /** Where reading of the own log's marker begins. */
  readonly hint: MarkerHint
}

/** Builds the stages around a recovered shard and sets them going. */
export const assemble = async (assembly: Assembly): Promise<RunningCoordinator> => {
  const { topology, settings, parts, manifests, incarnation, recovered, endpoints, hint } = assembly
  const { clock, random, store, kafka, telemetry } = parts
  const { shard } = recovered
  const { limits } = settings
  const { log, uuid } = incarnation
  const inbox = new Inbox<Event>((action) => clock.soon(action))
  const push = (event: Event): void => inbox.push(event)
  const metrics = new Metrics(telemetry)
  const gate = new EgressGate(settings.shadow, topology, () => metrics.held.add(1))
  if (gate.notice !== undefined) telemetry.log.warn('shadow', gate.notice)
  const window = new OpenWindow(shard, gate)
  for (const [endpoint, discovery] of assembly.discoveries)
    if (discovery) adoptDiscovery(endpoint, discovery, shard, telemetry.log, Math.max(recovered.clockMs, clock.now()))
  const positions = await startPositions(kafka, topology.ingresses, shard, settings.whenOutOfRange)

  const trouble = (event: string, message: string): void => telemetry.log.warn(event, message)
  const lookAgain = (): void => push({ kind: 'look-again' })
  const poller = new Poller(kafka, clock, lookAgain, trouble)
  for (const { source, offset } of positions) poller.add(source, offset)
  const rediscover = rediscovery(parts, push)
  const ended = tellOfInvocations(parts, metrics)
  const invoker = new Invoker(shard, endpoints, limits, settings.failure, clock, random, { push, rediscover, ended })
  const storeClock = new StoreClock(clock)
  const committer = new Committer(store, clock, uuid, storeClock, commitObserver(manifests, push))
  const windows = new OwnWindows()
  const parkedBounds = new ParkedBounds(shard, limits, settings.parking.whenFull)
  const stages = {
    shard,
    parkedBounds,
    window,
    poller,
    invoker,
    metrics,
    windows,
    router: new Router(shard, topology.routes, limits, parkedBounds),
    requests: new Requests(shard, limits, parkedBounds, settings.idempotency.retentionMs, random),
    commits: new Commits(committer, clock, random, { log, minIntervalMs: settings.commit.minIntervalMs }, push),
    checkpoints: checkpointsOf(assembly, windows, push),
    savepoints: new Savepoints(
      clock,
      { uuid, log, application: topology.application, maxParallelism: settings.maxParallelism },
      { wantMark: (number) => windows.wantMark(number), lookAgain },
    ),
  }
  watch(telemetry, shard, invoker, poller, windows)
  const coordinator = new Coordinator(stages, parts, settings, topology, inbox, recovered.clockMs, hint)

  const reader = new LogReader(store, clock, uuid)
  const publishing = publishingOf(assembly, stages, reader, push)
  const publishingEnd = publishing.run(recovered.inherited, shard.undelivered.values(), reader, { log, hint, windows })
  lookAgain()
  const { checkpoints, requests } = stages
  const groupOffsets = new GroupOffsets(kafka, topology.application, shard.positions, telemetry.log)
  const ours = { manifests, storeClock }
  const background = { coordinator, publishing, publishingEnd, poller, windows, checkpoints, ...ours, endpoints }
  return new RunningCoordinator(
    parts,
    inbox,
    { ...background, ...deadLettersOf(assembly), requests, rediscover, groupOffsets, log, shadow: gate.notice },
    settings.shutdown.deadlineMs,
  )
}

const commitObserver = (manifests: ManifestStore, push: (event: Event) => void): CommitObserver => ({
  isStillOurs: () => manifests.isStillOurs(),
  stuck: (stuck) => push({ kind: 'stuck', stuck }),
})

const deadLettersOf = ({ parts, topology, settings }: Assembly) => ({
  deadLetters: new DeadLetters(parts.kafka, topology.deadLetterTopic),
  resend: new Resend(topology.deadLetterTopic, topology.routes, settings.idempotency.retentionMs),
})

const checkpointsOf = (assembly: Assembly, windows: OwnWindows, push: (event: Event) => void): Checkpoints => {
  const { manifests, recovered, incarnation, settings } = assembly
  const { store, clock, telemetry } = assembly.parts
  const { uuid, log } = incarnation
  const options = { uuid, log, ...settings.checkpoint }
  return new Checkpoints(store, clock, manifests, telemetry.log, recovered.root, options, {
    superseded: () => push({ kind: 'fenced' }),
    wantMark: (number) => windows.wantMark(number),
    changed: () => push({ kind: 'look-again' }),
  })
}

const tellOfInvocations =
  ({ clock, telemetry }: Parts, metrics: Metrics): InvokerHooks['ended'] =>
  ({ endpoint, startedMs }, error) => {
    const name = endpoint.binding.endpoint
    metrics.invocations.add(1, name, error === undefined ? 'ok' : 'failed')
    metrics.invocationSeconds.observe((clock.monotonic() - startedMs) / 1_000, name)
    if (error !== undefined) telemetry.log.warn('invocation-failed', messageOf(error), { endpoint: name })
  }

const publishingOf = (
  assembly: Assembly,
  { checkpoints, windows }: Pick<Stages, 'checkpoints' | 'windows'>,
  reader: LogReader,
  push: (event: Event) => void,
): Publishing => {
  const { parts, manifests, incarnation } = assembly
  return new Publishing(parts, manifests, sessionOptions(assembly), {
    published: (mark) => push({ kind: 'published', mark }),
    undeliverable: (place, { topic, record }, reason) =>
      new Promise((done) => push({ kind: 'undeliverable', record: { place, topic, reason, ...record }, done })),
    sealed: () => isSealed(reader, incarnation.log, windows.last),
    trouble: (event, message) => parts.telemetry.log.warn(event, message),
    inheritedDrained: () => (checkpoints.inheritedDrained = true),
    superseded: () => push({ kind: 'fenced' }),
  })
}

const sessionOptions = ({ incarnation, settings }: Assembly): ConstructorParameters<typeof Publishing>[2] => ({
  uuid: incarnation.uuid,
  markers: incarnation.markers,
  transactionTimeoutMs: settings.commit.transactionTimeoutMs,
})

/** Looks past windows that are still in doubt: only a seal proves a successor (rule 12). */
const isSealed = async (reader: LogReader, log: string, lastCommitted: number): Promise<boolean> => {
  for (let number = lastCommitted + 1; ; number++) {
    const entry = await reader.entry(log, number)
    if (!entry) return false
    if (entry.kind === 'seal') return true
  }
}

/** Asks an endpoint again what it serves, once at a time. */
const rediscovery = (parts: Parts, push: (event: Event) => void): ((endpoint: Endpoint) => void) => {
  const asking = new Set<Endpoint>()
  return (endpoint) => {
    if (asking.has(endpoint)) return
    asking.add(endpoint)
    discover(endpoint, parts.clock, parts.telemetry.log, () => false).then(
      (discovery) => {
        asking.delete(endpoint)
        if (discovery && endpoint.differs(discovery)) push({ kind: 'discovered', endpoint, discovery })
      },
      (error: unknown) => {
        asking.delete(endpoint)
        push({ kind: 'failed', error })
      },
    )
  }
}
