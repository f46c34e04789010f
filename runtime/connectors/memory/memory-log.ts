import { murmur2 } from '../../model/hash.ts'
import { MillraceError } from '../../model/errors.ts'
import { noHeaders } from '../../model/record.ts'
import type { Clock } from '../../ports/clock.ts'
import type { LogOutcome, ProducedRecord, TransactionalLog } from '../../ports/transactional-log.ts'
import { encodeBatch } from './batch-codec.ts'
import { LogEngine } from './log-engine.ts'
import { MemoryBatches } from './memory-batches.ts'
import { MemoryServer } from './memory-server.ts'
import { ServedLog } from './served-log.ts'

export interface MemoryLogOptions {
  /** A larger record is refused, as a broker's `max.message.bytes` does. */
  readonly recordBytesMax?: number
}

/** A log in memory, faithful to Kafka's transactions. Its own port methods are those of one client; see `connect`. */
export interface MemoryLog extends TransactionalLog {
  /** Another client of the same log, as a second process would be. Its `close` closes it alone. */
  connect(): TransactionalLog
  /**
   * A plain write, visible at once, as of a producer without transactions. A null partition: by key as Kafka's default,
   * a null key to the first. Answers the record's partition and offset; throws LOG_TOPIC_MISSING or LIMIT_EXCEEDED.
   */
  append(
    topic: string,
    partition: number | null,
    record: Partial<ProducedRecord>,
  ): { partition: number; offset: number }
  /** Several records as one batch; the answer is the first one's offset. */
  appendBatch(topic: string, partition: number, records: readonly ProducedRecord[]): number
  /** Moves the first offset that is kept up, as retention does. */
  trim(topic: string, partition: number, offset: number): void
  /** What was last given to commitGroupOffsets. */
  groupOffset(group: string, topic: string, partition: number): number | undefined
}

const recordBytesMaxDefault = 16 << 20

/**
 * @example
 * const log = memoryLog(clock)
 * await log.createTopic({ name: 'orders', partitions: 4, replicationFactor: undefined, compacted: false })
 * log.append('orders', null, { key: utf8Encode('anna'), value: utf8Encode('1') })
 */
export const memoryLog = (clock: Clock, options: MemoryLogOptions = {}): MemoryLog => {
  const batches = new MemoryBatches()
  const engine = new LogEngine(batches, options.recordBytesMax ?? recordBytesMaxDefault)
  const server = new MemoryServer(engine, clock)
  const own = new ServedLog(server, clock)

  const appendBatch = (topic: string, partition: number, records: readonly ProducedRecord[]): number =>
    valueOf(server.feed({ topic, partition, ...encodeBatch(records) })) ?? 0
  return {
    partitions: own.partitions,
    createTopic: own.createTopic,
    offsets: own.offsets,
    mayProduce: own.mayProduce,
    commitGroupOffsets: own.commitGroupOffsets,
    fetch: (reader, positions, bounds) => own.fetch(reader, positions, bounds),
    producer: (transactionalId, timeoutMs) => own.producer(transactionalId, timeoutMs),
    close: () => own.close(),
    connect: () => new ServedLog(server, clock),
    append: (topic, partition, given) => {
      const record = { key: null, value: null, headers: noHeaders, timestampMs: clock.now(), ...given }
      const count = valueOf(engine.partitions([topic])).get(topic)
      if (count === undefined)
        throw new MillraceError('LOG_TOPIC_MISSING', `there is no topic ${topic} in the memory log: create it first`)
      const chosen = partition ?? (record.key ? (murmur2(record.key) & 0x7fffffff) % count : 0)
      return { partition: chosen, offset: appendBatch(topic, chosen, [record]) }
    },
    appendBatch,
    trim: (topic, partition, offset) => valueOf(server.trim(topic, partition, offset)),
    groupOffset: (group, topic, partition) => batches.groupOffset(group, topic, partition),
  }
}

const valueOf = <T>(outcome: LogOutcome<T>): T => {
  if (outcome.kind !== 'ok') throw outcome.cause
  return outcome.value
}
