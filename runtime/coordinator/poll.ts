import { MillraceError, messageOf } from '../model/errors.ts'
import type { LogRecord } from '../model/record.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { FetchedPartition, RecordBatch, RecordCursor, TransactionalLog } from '../ports/transactional-log.ts'
import { committedBatches, recordsFrom } from '../log/read-committed.ts'
import type { Source } from '../shard/lane.ts'

/** Records of one partition that go on their way together. */
export interface Taken {
  readonly source: Source
  readonly records: readonly LogRecord[]
  /** The position once these are routed. */
  readonly next: number
}

interface Partition {
  readonly source: Source
  /** Where the next fetch begins. */
  offset: number
  /** Everything before it was taken. */
  position: number
  /** What was fetched and not begun. Records are decoded when their turn comes: many objects that wait cost the most. */
  readonly batches: WaitingBatch[]
  /** The batch that was begun. */
  reading: { readonly cursor: RecordCursor; readonly from: number } | undefined
  /** For people who watch. */
  highWatermark: number
}

interface WaitingBatch {
  readonly batch: RecordBatch
  /** Its records from this offset on are wanted. */
  readonly from: number
}

/** A partition with fewer records in the buffer is asked for more. */
const partitionBufferMin = 5_000
const bounds = { maxWaitMs: 500, maxBytes: 16 << 20, partitionMaxBytes: 1 << 20 }

/** Reads committed records ahead of the loop, as many as fit its buffer; starts from the given positions (rule 25). */
export class Poller {
  private readonly kafka: TransactionalLog
  private readonly clock: Clock
  private readonly onRecords: () => void
  private readonly onTrouble: (event: string, message: string) => void
  private readonly partitions: Partition[] = []
  private readonly stopping = new AbortController()
  private roomMade: (() => void) | undefined
  private turn = 0

  constructor(
    kafka: TransactionalLog,
    clock: Clock,
    onRecords: () => void,
    onTrouble: (event: string, message: string) => void,
  ) {
    this.kafka = kafka
    this.clock = clock
    this.onRecords = onRecords
    this.onTrouble = onTrouble
  }

  add(source: Source, offset: number): void {
    const position = offset
    this.partitions.push({ source, offset, position, batches: [], reading: undefined, highWatermark: offset })
  }

  /** Records that were read and not taken; some more where the log has gaps. */
  get buffered(): number {
    return this.partitions.reduce((sum, partition) => sum + ahead(partition), 0)
  }

  /** Records between what is routed and the end, for each partition. */
  *lags(): Iterable<{ source: Source; lag: number }> {
    for (const { source, highWatermark, position } of this.partitions)
      yield { source, lag: Math.max(0, highWatermark - position) }
  }

  stop(): void {
    this.stopping.abort()
    this.roomMade?.()
  }

  /** Fetches until stopped. Rejects when reading cannot go on: a position that is out of range, a topic that is gone. */
  async run(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      const short = this.partitions.filter((partition) => ahead(partition) < partitionBufferMin)
      if (short.length === 0) {
        await new Promise<void>((resolve) => (this.roomMade = resolve))
        continue
      }
      const positions = short.map(({ source, offset }) => ({
        topic: source.topic,
        partition: source.partition,
        offset,
      }))
      // Partitions that have enough are asked for again after this fetch: it must not wait long for the others.
      const maxWaitMs = short.length < this.partitions.length ? 5 : bounds.maxWaitMs
      const fetched = await this.kafka.fetch('intake', positions, { ...bounds, maxWaitMs, signal })
      if (signal.aborted) return
      if (fetched.kind !== 'ok') {
        if (fetched.kind === 'fatal') throw new MillraceError('LOG_FORBIDDEN', messageOf(fetched.cause))
        this.onTrouble('fetch-failed', messageOf(fetched.cause))
        await sleep(this.clock, 200)
        continue
      }
      for (const partition of fetched.value) this.receive(partition)
      if (this.buffered > 0) this.onRecords()
    }
  }

  private receive(fetched: FetchedPartition): void {
    const partition = this.partitions.find(
      ({ source }) => source.topic === fetched.topic && source.partition === fetched.partition,
    )
    if (!partition || fetched.status === 'retry') return
    const where = `partition ${fetched.partition} of topic ${fetched.topic}`
    if (fetched.status === 'topic-missing')
      throw new MillraceError('LOG_TOPIC_MISSING', `${where} is gone: it was deleted while it was read`)
    if (fetched.status === 'out-of-range') throw outOfRange(where, partition.offset, fetched)
    const { batches, next } = committedBatches(fetched, partition.offset)
    partition.highWatermark = Math.max(fetched.highWatermark, next)
    for (const batch of batches) partition.batches.push({ batch, from: Math.max(batch.baseOffset, partition.offset) })
    partition.offset = next
    if (!partition.reading) goOn(partition)
  }

  /** Up to `max` records of the partition whose turn it is, fewer where those are `bytesMax` already. */
  take(max: number, bytesMax: number): Taken | undefined {
    const { partitions } = this
    for (let i = 0; i < partitions.length; i++) {
      const partition = partitions[this.turn++ % partitions.length]
      const records = partition && read(partition, max, bytesMax)
      if (!partition || !records) continue
      if (ahead(partition) < partitionBufferMin) {
        this.roomMade?.()
        this.roomMade = undefined
      }
      return { source: partition.source, records, next: partition.position }
    }
    return undefined
  }
}

const ahead = ({ offset, position }: Partition): number => offset - position

/** Undefined where there are none. */
const read = (partition: Partition, max: number, bytesMax: number): readonly LogRecord[] | undefined => {
  for (;;) {
    if (!partition.reading) {
      const waiting = partition.batches.shift()
      if (!waiting) return undefined
      partition.reading = { cursor: waiting.batch.cursor(), from: waiting.from }
    }
    const { cursor, from } = partition.reading
    const records = recordsFrom(cursor.take(max, bytesMax), from)
    const last = records.at(-1)
    if (last) partition.position = last.offset + 1
    if (cursor.done) goOn(partition)
    if (last) return records
  }
}

/** Leaves the batch that was read to its end, and the gap behind it. */
const goOn = (partition: Partition): void => {
  partition.reading = undefined
  partition.position = partition.batches[0]?.from ?? partition.offset
}

export const outOfRange = (
  where: string,
  position: number,
  range: { logStartOffset: number; highWatermark: number },
): MillraceError =>
  new MillraceError(
    'LOG_OFFSET_OUT_OF_RANGE',
    `reading of ${where} should go on at offset ${position}, but it holds ${range.logStartOffset} to ${range.highWatermark}: ` +
      (position < range.logStartOffset
        ? 'retention has removed records that were not read'
        : 'it has lost records, or was deleted and created again') +
      '. Start once with --out-of-range earliest or latest to go on from there, with that loss',
  )
