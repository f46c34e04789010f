import { MillraceError, messageOf } from '../model/errors.ts'
import { slotsFor } from '../model/key-group.ts'
import type { FunctionBinding, Topology } from '../model/topology.ts'
import { applicationUuid } from '../log/application.ts'
import { collectOrphans } from '../log/collect.ts'
import type { MarkerHint } from '../log/log-entry.ts'
import { isSuperseded, ManifestStore } from '../log/manifest-store.ts'
import type { MarkerTopic } from '../log/manifest.ts'
import { markerTopic, transactionalId } from '../log/names.ts'
import { patientReads } from '../log/patient-reads.ts'
import { markPartition } from '../log/publish-mark.ts'
import { takeOver, type Incarnation, type Recovered } from '../log/recover.ts'
import { randomId } from '../ports/random.ts'
import type { Shard } from '../shard/shard.ts'
import { Endpoint } from './endpoint.ts'
import { EgressGate } from './egress-gate.ts'
import { discover } from './functions.ts'
import { logValue } from './log-value.ts'
import { assemble } from './assemble.ts'
import type { Parts } from './parts.ts'
import type { RunningCoordinator } from './running.ts'
import type { CoordinatorSettings } from './settings.ts'
import { partitionsOf } from './start-positions.ts'

/**
 * Starts a coordinator. All that can fail without touching a living elder comes first: topics, the endpoints' functions.
 * Then the application is taken over; from then on the elder, if there was one, is fenced.
 */
export const startCoordinator = async (
  topology: Topology,
  settings: CoordinatorSettings,
  parts: Parts,
): Promise<RunningCoordinator> => {
  const { clock, random, telemetry } = parts
  const store = patientReads(parts.store, clock)
  const counts = await checkTopics(parts, topology, settings.shadow)
  const uuid = await applicationUuid(store, clock, random, topology.application, settings.createApplication)
  const { internalTopics } = settings
  const named = { topic: markerTopic(internalTopics.prefix, uuid), partitions: internalTopics.partitions }
  const log = randomId(random)
  const manifests = new ManifestStore(store, clock, uuid, log)
  const markers = (await manifests.read())?.markers ?? named
  await ensureMarkers(parts, settings, markers)
  await checkTransactions(parts, transactionalId(uuid, log))
  const endpoints = endpointsOf(topology, settings, parts)
  const discoveries = new Map(
    await Promise.all(
      endpoints.map(
        async (endpoint) => [endpoint, await discover(endpoint, clock, telemetry.log, () => false)] as const,
      ),
    ),
  )
  const slots = slotsFor(counts, settings.maxParallelism)
  if (slots.unaligned.length > 0)
    telemetry.log.warn(
      'topics-unaligned',
      `in a fleet, records of ${slots.unaligned.join(', ')} will take a second hop`,
    )
  const hint = await firstHint(parts, markers, log)
  const { maxParallelism } = settings
  const incarnation: Incarnation = {
    uuid,
    application: topology.application,
    log,
    maxParallelism,
    slots: slots.count,
    markers,
  }
  const recovered = await takeOver(store, clock, manifests, incarnation)
  tellOf(parts, recovered, incarnation)
  collectOrphans(store, manifests.current, log, clock.now()).catch((error: unknown) =>
    telemetry.log.warn('collect-failed', messageOf(error)),
  )
  const assembly = { topology, settings, parts, manifests, incarnation, recovered, endpoints, discoveries, hint }
  return assemble(assembly).catch(async (error: unknown) => {
    // While this process was slow, another may have taken over and gone on: that is why things are not as recovered.
    if (await isSuperseded(manifests, clock))
      throw new MillraceError('FENCED', 'another coordinator took over while this one was starting', { cause: error })
    throw error
  })
}

/** All topics are there, to be read or written. Answers the partitions of those that are read. */
export const checkTopics = async (
  parts: Pick<Parts, 'kafka'>,
  topology: Topology,
  shadow: CoordinatorSettings['shadow'],
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  for (const { name, topics } of topology.ingresses)
    for (const [topic, count] of await partitionsOf(parts.kafka, topics, ['read'], `ingress ${name}`))
      counts.set(topic, count)
  const gate = new EgressGate(shadow, topology, () => undefined)
  const written = [
    ...topology.egresses.map(({ name, topic }) => ({ topic, why: `egress ${name}` })),
    { topic: topology.deadLetterTopic, why: 'dead letters' },
  ]
  for (const { topic, why } of written) {
    const to = gate.pass(topic)
    if (to !== undefined) await partitionsOf(parts.kafka, [to], ['write'], why)
  }
  return counts
}

const ensureMarkers = async (parts: Parts, settings: CoordinatorSettings, markers: MarkerTopic): Promise<void> => {
  const { create, replicationFactor } = settings.internalTopics
  const { topic: name, partitions } = markers
  if (create) {
    const created = await parts.kafka.createTopic({ name, partitions, replicationFactor, compacted: true })
    logValue(created, 'cannot create the topic of markers (internalTopics.create)')
  }
  const counts = await partitionsOf(parts.kafka, [name], ['read', 'write'], 'markers of publication')
  if (counts.get(name) === partitions) return
  const message = `topic ${name} has ${counts.get(name)} partitions, expected are ${partitions} (internalTopics.partitions)`
  throw new MillraceError('APPLICATION_CHANGED', message)
}

/** Who may never publish does not take over. Whatever else hinders publishing now may pass: the publisher tries again. */
const checkTransactions = async (parts: Parts, id: string): Promise<void> => {
  const allowed = await parts.kafka.mayProduce(id)
  if (allowed.kind === 'fatal') logValue(allowed, 'cannot write in transactions')
}

/** A fresh log has no marker before the present end of its partition. */
const firstHint = async (parts: Parts, markers: MarkerTopic, log: string): Promise<MarkerHint> => {
  const partition = markPartition(log, markers)
  const ends = await parts.kafka.offsets(markers.topic, [partition], 'latest')
  return { number: 0, offset: logValue(ends, `cannot read topic ${markers.topic}`).get(partition) ?? 0 }
}

const endpointsOf = (topology: Topology, settings: CoordinatorSettings, parts: Parts): readonly Endpoint[] =>
  topology.bindings.map((binding: FunctionBinding) => {
    const client = parts.clients.get(binding.endpoint)
    if (!client) throw new MillraceError('INTERNAL', `endpoint ${binding.endpoint} has no client`)
    return new Endpoint(binding, client, settings.limits)
  })

const tellOf = ({ telemetry }: Parts, recovered: Recovered, incarnation: Incarnation): void => {
  const addresses = recovered.shard.tables.reduce((sum: number, { size }: Shard['tables'][number]) => sum + size, 0)
  telemetry.log.info(
    recovered.created ? 'application-created' : 'recovered',
    recovered.created ? 'a new application' : `recovered ${addresses} addresses`,
    { application: incarnation.application, uuid: incarnation.uuid, incarnation: incarnation.log, addresses },
  )
}
