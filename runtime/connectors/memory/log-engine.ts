import { MillraceError } from '../../model/errors.ts'
import type { FetchPosition, LogOutcome, OffsetQuery, ProducedBatch, TopicSpec } from '../../ports/transactional-log.ts'
import { decodeBatch } from './batch-codec.ts'
import type { PartitionBatch, ProducerLease, ReadBounds, ReadPartition } from './log-server.ts'
import type { LogStore, ProducerState } from './log-store.ts'
import { PartitionState } from './partition-state.ts'

/**
 * A log with Kafka's transactions, synchronous and without a clock of its own. The order within a request is the store's
 * affair: nothing is answered before the driver has made the request durable.
 *
 * As in Kafka: a transaction's end takes an offset in each partition that it wrote to; readers are shown what lies before
 * the first record of the oldest open transaction; a new producer of an id ends the transaction of the one before.
 */
export class LogEngine {
  /** Topics in which readers may find more; the driver takes them out. */
  readonly advanced = new Set<string>()
  private readonly store: LogStore
  private readonly recordBytesMax: number
  private readonly topics = new Map<string, PartitionState[]>()
  private readonly producers: Map<string, ProducerState>
  private nextProducerId = 1
  private reads = 0

  constructor(store: LogStore, recordBytesMax: number) {
    this.store = store
    this.recordBytesMax = recordBytesMax
    const contents = store.load()
    for (const { topic, partitions } of contents.topics)
      this.topics.set(
        topic,
        partitions.map((partition) => new PartitionState(partition)),
      )
    this.producers = new Map(contents.producers)
    for (const { producerId } of this.producers.values())
      this.nextProducerId = Math.max(this.nextProducerId, producerId + 1)
  }

  partitions(topics: readonly string[]): LogOutcome<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>()
    for (const topic of topics) {
      const partitions = this.topics.get(topic)
      if (partitions) counts.set(topic, partitions.length)
    }
    return ok(counts)
  }

  createTopic({ name, partitions }: TopicSpec): LogOutcome<void> {
    if (this.topics.has(name)) return ok(undefined)
    if (!Number.isInteger(partitions) || partitions < 1)
      return { kind: 'fatal', cause: new MillraceError('SETTING_INVALID', `topic ${name}: ${partitions} partitions`) }
    this.store.saveTopic(name, partitions)
    this.topics.set(
      name,
      Array.from({ length: partitions }, () => new PartitionState()),
    )
    return ok(undefined)
  }

  offsets(topic: string, partitions: readonly number[], at: OffsetQuery): LogOutcome<ReadonlyMap<number, number>> {
    const offsets = new Map<number, number>()
    for (const partition of partitions) {
      const state = this.topics.get(topic)?.[partition]
      if (!state) return { kind: 'fatal', cause: missing(topic, partition) }
      if (at === 'earliest') offsets.set(partition, state.logStartOffset)
      else if (at === 'latest') offsets.set(partition, state.nextOffset)
      else offsets.set(partition, this.firstAtOrAfter(topic, partition, at.timestampMs) ?? state.nextOffset)
    }
    return ok(offsets)
  }

  /** Each read begins at another of its positions, so that one full partition cannot keep the others from their turn. */
  read(positions: readonly FetchPosition[], { maxBytes, partitionMaxBytes }: ReadBounds): LogOutcome<ReadPartition[]> {
    const answers: ReadPartition[] = []
    const first = this.reads++
    let bytesLeft = maxBytes
    for (let i = 0; i < positions.length; i++) {
      const position = positions[(first + i) % positions.length]!
      const answer = this.readOne(position, Math.min(bytesLeft, partitionMaxBytes), bytesLeft === maxBytes)
      for (const batch of answer.batches) bytesLeft -= batch.payload.length + 1
      answers.push(answer)
    }
    return ok(answers)
  }

  /** InitProducerId: what an earlier producer of this id has left open is aborted, and it can do nothing more. */
  initProducer(transactionalId: string, timeoutMs: number): LogOutcome<ProducerLease> {
    const earlier = this.producers.get(transactionalId)
    if (earlier) this.endTransaction(earlier, 'abort')
    const state: ProducerState = {
      producerId: earlier?.producerId ?? this.nextProducerId++,
      epoch: (earlier?.epoch ?? -1) + 1,
      timeoutMs,
      openSinceMs: undefined,
    }
    this.save(transactionalId, state)
    return ok({ transactionalId, producerId: state.producerId, epoch: state.epoch })
  }

  /** Writes all of the batches or, unless it answers `ok`, none of them; none at all opens the transaction. */
  produce(
    lease: ProducerLease,
    batches: readonly PartitionBatch[],
    nowMs: number,
  ): LogOutcome<readonly ProducedBatch[]> {
    const state = this.producers.get(lease.transactionalId)
    if (!state || !holds(state, lease)) return fenced(lease)
    for (const batch of batches) {
      const refused = this.refusal(batch)
      if (refused) return refused
    }
    if (state.openSinceMs === undefined) this.save(lease.transactionalId, { ...state, openSinceMs: nowMs })
    return ok(
      batches.map((batch) => {
        const partition = this.partition(batch)!
        const firstOffset = this.append(batch, partition, state.producerId)
        const begun = partition.began(state.producerId, firstOffset)
        if (begun) this.store.openTransaction(batch.topic, batch.partition, begun)
        return { topic: batch.topic, partition: batch.partition, firstOffset }
      }),
    )
  }

  end(lease: ProducerLease, decision: 'commit' | 'abort'): LogOutcome<void> {
    const state = this.producers.get(lease.transactionalId)
    if (!state || !holds(state, lease)) return fenced(lease)
    this.endTransaction(state, decision)
    this.save(lease.transactionalId, { ...state, openSinceMs: undefined })
    return ok(undefined)
  }

  /**
   * A plain write, at once visible. With `expectedEndOffset` only where the partition ends there: a feeder that has
   * crashed goes on at the end and writes nothing twice. Answers the first record's offset, undefined if it ends elsewhere.
   */
  feed(batch: PartitionBatch, expectedEndOffset: number | undefined): LogOutcome<number | undefined> {
    const refused = this.refusal(batch)
    if (refused) return refused
    const partition = this.partition(batch)!
    if (expectedEndOffset !== undefined && partition.nextOffset !== expectedEndOffset) return ok(undefined)
    return ok(this.append(batch, partition, undefined))
  }

  commitGroupOffsets(group: string, positions: readonly FetchPosition[]): LogOutcome<void> {
    for (const { topic, partition, offset } of positions) this.store.saveGroupOffset(group, topic, partition, offset)
    return ok(undefined)
  }

  /** Moves a partition's first offset up, as retention and DeleteRecords do. */
  trim(topic: string, partition: number, offset: number): LogOutcome<void> {
    const state = this.topics.get(topic)?.[partition]
    if (!state) return { kind: 'fatal', cause: missing(topic, partition) }
    if (offset <= state.logStartOffset) return ok(undefined)
    state.logStartOffset = Math.min(offset, state.lastStableOffset)
    this.store.trim(topic, partition, state.logStartOffset)
    return ok(undefined)
  }

  /** Aborts the transactions that have been open for too long, and fences their producers. */
  expire(nowMs: number): void {
    for (const [transactionalId, state] of this.producers) {
      if (state.openSinceMs === undefined || nowMs < state.openSinceMs + state.timeoutMs) continue
      this.endTransaction(state, 'abort')
      this.save(transactionalId, { ...state, epoch: state.epoch + 1, openSinceMs: undefined })
    }
  }

  /** When `expire` has something to do; undefined while no transaction is open. */
  nextExpiryMs(): number | undefined {
    let next: number | undefined
    for (const { openSinceMs, timeoutMs } of this.producers.values())
      if (openSinceMs !== undefined) next = Math.min(next ?? Infinity, openSinceMs + timeoutMs)
    return next
  }

  topicNames(): Iterable<string> {
    return this.topics.keys()
  }

  hasOpenTransaction({ transactionalId }: ProducerLease): boolean {
    return this.producers.get(transactionalId)?.openSinceMs !== undefined
  }

  private partition(of: { readonly topic: string; readonly partition: number }): PartitionState | undefined {
    return this.topics.get(of.topic)?.[of.partition]
  }

  private refusal(batch: PartitionBatch): LogOutcome<never> | undefined {
    const { topic, partition } = batch
    if (!this.partition(batch)) return { kind: 'rejected', topic, cause: missing(topic, partition) }
    if (batch.recordBytesMax <= this.recordBytesMax) return undefined
    const what = `a record of ${batch.recordBytesMax} bytes for topic ${topic}: at most ${this.recordBytesMax} are taken`
    return { kind: 'rejected', topic, cause: new MillraceError('LIMIT_EXCEEDED', what) }
  }

  private append(batch: PartitionBatch, partition: PartitionState, producerId: number | undefined): number {
    const { topic, count, maxTimestampMs, payload } = batch
    const baseOffset = partition.take(count)
    this.store.append(topic, batch.partition, {
      baseOffset,
      lastOffset: baseOffset + count - 1,
      producerId: producerId ?? -1,
      transactional: producerId !== undefined,
      control: undefined,
      maxTimestampMs,
      payload,
    })
    this.advanced.add(topic)
    return baseOffset
  }

  private endTransaction({ producerId, openSinceMs }: ProducerState, decision: 'commit' | 'abort'): void {
    if (openSinceMs === undefined) return
    for (const [topic, partitions] of this.topics) {
      for (const [partition, state] of partitions.entries()) {
        if (!state.hasOpen(producerId)) continue
        const offset = state.take(1)
        this.store.append(topic, partition, {
          baseOffset: offset,
          lastOffset: offset,
          producerId,
          transactional: true,
          control: decision,
          maxTimestampMs: -1,
          payload: new Uint8Array(0),
        })
        this.store.closeTransaction(topic, partition, producerId, state.ended(producerId, offset, decision))
        this.advanced.add(topic)
      }
    }
  }

  private readOne({ topic, partition, offset }: FetchPosition, bytesMax: number, isFirst: boolean): ReadPartition {
    const state = this.topics.get(topic)?.[partition]
    const empty = { topic, partition, aborted: [], batches: [] }
    if (!state) return { ...empty, status: 'topic-missing', logStartOffset: 0, lastStableOffset: 0, highWatermark: 0 }
    const { logStartOffset, lastStableOffset, nextOffset } = state
    const ends = { logStartOffset, lastStableOffset, highWatermark: nextOffset }
    if (offset < logStartOffset || offset > nextOffset) return { ...empty, ...ends, status: 'out-of-range' }
    // The first batch of all is answered however large it is, or a reader would never get past it.
    if (offset >= lastStableOffset || (bytesMax <= 0 && !isFirst)) return { ...empty, ...ends, status: 'ok' }
    const batches = this.store.read(topic, partition, offset, lastStableOffset, bytesMax)
    if (!isFirst && batches.length === 1 && batches[0]!.payload.length > bytesMax) batches.pop()
    const last = batches.at(-1)
    const aborted = (last ? state.abortedWithin(offset, last.lastOffset + 1) : []).map((range) => ({
      producerId: BigInt(range.producerId),
      firstOffset: range.firstOffset,
    }))
    return { ...empty, ...ends, status: 'ok', aborted, batches }
  }

  private firstAtOrAfter(topic: string, partition: number, timestampMs: number): number | undefined {
    const batch = this.store.firstAtOrAfter(topic, partition, timestampMs)
    if (!batch) return undefined
    const records = decodeBatch(batch.payload, batch.baseOffset, `${topic}/${partition}`)
    return records.find((record) => record.timestampMs >= timestampMs)?.offset
  }

  private save(transactionalId: string, state: ProducerState): void {
    this.producers.set(transactionalId, state)
    this.store.saveProducer(transactionalId, state)
  }
}

const ok = <T>(value: T): LogOutcome<T> => ({ kind: 'ok', value })

const holds = (state: ProducerState, lease: ProducerLease): boolean =>
  state.producerId === lease.producerId && state.epoch === lease.epoch

const fenced = ({ transactionalId, epoch }: ProducerLease): LogOutcome<never> => ({
  kind: 'fenced',
  cause: new MillraceError(
    'FENCED',
    `producer ${transactionalId} (epoch ${epoch}) was replaced by a newer one, or its transaction timed out`,
  ),
})

const missing = (topic: string, partition: number): MillraceError =>
  new MillraceError('LOG_TOPIC_MISSING', `topic ${topic} has no partition ${partition}: create it, or mend the name`)
