import { noBytes } from '../model/bytes.ts'
import { MillraceError } from '../model/errors.ts'
import { murmur2 } from '../model/hash.ts'
import type { LogIngress, StartPosition } from '../model/topology.ts'
import type { OffsetQuery, TopicUse, TransactionalLog } from '../ports/transactional-log.ts'
import type { Source } from '../shard/lane.ts'
import type { Position } from '../shard/positions.ts'
import type { Shard } from '../shard/shard.ts'
import { logValue } from './log-value.ts'
import { outOfRange } from './poll.ts'
import type { CoordinatorSettings } from './settings.ts'

/** Partition counts of topics that must be there, and that may be used so. */
export const partitionsOf = async (
  kafka: TransactionalLog,
  topics: readonly string[],
  uses: readonly TopicUse[],
  why: string,
): Promise<ReadonlyMap<string, number>> => {
  const found = logValue(await kafka.partitions(topics, uses), why)
  const missing = topics.filter((topic) => !found.has(topic))
  if (missing.length > 0)
    throw new MillraceError(
      'LOG_TOPIC_MISSING',
      `there is no topic ${missing.join(', ')} (${why}): create it, or correct the name`,
    )
  return found
}

/**
 * Where each partition is read on (rule 25). Positions come from the shard's state alone; a partition that has none is
 * given its start, which counts from then on: the configured one when the application is created, 0 when it appears later.
 */
export const startPositions = async (
  kafka: TransactionalLog,
  ingresses: readonly LogIngress[],
  shard: Shard,
  whenOutOfRange: CoordinatorSettings['whenOutOfRange'],
): Promise<readonly Position[]> => {
  const positions: Position[] = []
  for (const ingress of ingresses) {
    const counts = await partitionsOf(kafka, ingress.topics, ['read'], `ingress ${ingress.name}`)
    for (const [topic, count] of counts) {
      const partitions = Array.from({ length: count }, (_, partition) => partition)
      const bounds = {
        first: new Map(await offsets(kafka, topic, partitions, 'earliest')),
        end: await offsets(kafka, topic, partitions, 'latest'),
      }
      const fresh = partitions.filter((partition) => !shard.positions.get({ ingress: ingress.name, topic, partition }))
      // A topic that is new here has its start; a partition that appears later is read from its beginning.
      const start: StartPosition = fresh.length === count ? ingress.start : { kind: 'earliest' }
      const starts = fresh.length > 0 ? await resolve(kafka, topic, fresh, start) : new Map<number, number>()
      for (const partition of partitions) {
        const source: Source = { ingress: ingress.name, topic, partition }
        const known = shard.positions.get(source)
        const position = known ?? { source, offset: starts.get(partition) ?? 0, fingerprint: undefined }
        const range = {
          logStartOffset: bounds.first.get(partition) ?? 0,
          highWatermark: bounds.end.get(partition) ?? 0,
        }
        const checked = await inRange(kafka, position, range, whenOutOfRange)
        if (checked !== known) shard.moveTo(checked)
        positions.push(checked)
      }
    }
  }
  return positions
}

const offsets = async (
  kafka: TransactionalLog,
  topic: string,
  partitions: readonly number[],
  at: OffsetQuery,
): Promise<ReadonlyMap<number, number>> =>
  logValue(await kafka.offsets(topic, partitions, at), `asking for offsets of topic ${topic}`)

const resolve = async (
  kafka: TransactionalLog,
  topic: string,
  partitions: readonly number[],
  start: StartPosition,
): Promise<ReadonlyMap<number, number>> => {
  if (start.kind === 'timestamp') return offsets(kafka, topic, partitions, { timestampMs: start.timestampMs })
  const found = await offsets(kafka, topic, partitions, start.kind === 'latest' ? 'latest' : 'earliest')
  return start.kind === 'offsets' ? new Map([...found, ...start.offsets]) : found
}

/** The position, or where the operator has said to go on when it cannot be used. */
const inRange = async (
  kafka: TransactionalLog,
  position: Position,
  range: { logStartOffset: number; highWatermark: number },
  whenOutOfRange: CoordinatorSettings['whenOutOfRange'],
): Promise<Position> => {
  try {
    await check(kafka, position, range)
    return position
  } catch (error) {
    if (whenOutOfRange === undefined) throw error
    const offset = whenOutOfRange === 'earliest' ? range.logStartOffset : range.highWatermark
    return { source: position.source, offset, fingerprint: undefined }
  }
}

/** In range, and the topic is the one that was read before. */
const check = async (
  kafka: TransactionalLog,
  { source, offset, fingerprint }: Position,
  range: { logStartOffset: number; highWatermark: number },
): Promise<void> => {
  const where = `partition ${source.partition} of topic ${source.topic}`
  if (offset < range.logStartOffset || offset > range.highWatermark) throw outOfRange(where, offset, range)
  if (!fingerprint || offset - 1 < range.logStartOffset) return
  const bounds = { maxWaitMs: 1_000, maxBytes: 4 << 20, partitionMaxBytes: 4 << 20 }
  const at = { topic: source.topic, partition: source.partition, offset: offset - 1 }
  const [fetched] = logValue(await kafka.fetch('check', [at], bounds), `reading ${where}`)
  const batch = fetched?.batches.find(({ lastOffset, control }) => lastOffset >= offset - 1 && control === undefined)
  const record = batch?.records().find((each) => each.offset === offset - 1)
  // Compaction may have taken it.
  if (!record) return
  if (record.timestampMs === fingerprint.timestampMs && murmur2(record.value ?? noBytes) === fingerprint.hash) return
  throw new MillraceError(
    'LOG_RECREATED',
    `${where} holds another record at offset ${offset - 1} than was read there: the topic was deleted and created again. ` +
      'Start once with --out-of-range earliest or latest to read the new one from there, or start a new application',
  )
}
