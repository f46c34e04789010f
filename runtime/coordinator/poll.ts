import { MillraceError, messageOf } from '../model/errors.ts'
import type { LogRecord } from '../model/record.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { FetchedPartition, TransactionalLog } from '../ports/transactional-log.ts'
import { committedRecords } from '../log/read-committed.ts'
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
  /** What was fetched and not taken. */
  records: readonly LogRecord[]
  at: number
  /** For people who watch. */
  highWatermark: number
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
  buffered = 0

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
    this.partitions.push({ source, offset, records: [], at: 0, highWatermark: offset })
  }

  /** Records between what is routed and the end, for each partition. */
  *lags(): Iterable<{ source: Source; lag: number }> {
    for (const { source, offset, records, at, highWatermark } of this.partitions)
      yield { source, lag: Math.max(0, highWatermark - (records[at]?.offset ?? offset)) }
  }

  stop(): void {
    this.stopping.abort()
    this.roomMade?.()
  }

  /** Fetches until stopped. Rejects when reading cannot go on: a position that is out of range, a topic that is gone. */
  async run(): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      const short = this.partitions.filter(({ records, at }) => records.length - at < partitionBufferMin)
      if (short.length === 0) {
        await new Promise<void>((resolve) => (this.roomMade = resolve))
        continue
      }
      const positions = short.map(({ source, offset }) => ({
        topic: source.topic,
        partition: source.partition,
        offset,
      }))
      // While others still have records, a long wait for these would starve them later.
      const maxWaitMs = short.length < this.partitions.length || this.buffered > 0 ? 5 : bounds.maxWaitMs
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
    const { records, next } = committedRecords(fetched, partition.offset)
    partition.highWatermark = Math.max(fetched.highWatermark, next)
    partition.records =
      partition.at < partition.records.length ? partition.records.slice(partition.at).concat(records) : records
    partition.at = 0
    partition.offset = next
    this.buffered += records.length
  }

  /** Up to `max` records of the partition whose turn it is. */
  take(max: number): Taken | undefined {
    const { partitions } = this
    for (let i = 0; i < partitions.length; i++) {
      const partition = partitions[this.turn++ % partitions.length]
      if (!partition || partition.at >= partition.records.length) continue
      const { source, at } = partition
      const records = partition.records.slice(at, at + max)
      partition.at += records.length
      this.buffered -= records.length
      const next = partition.records[partition.at]?.offset ?? partition.offset
      if (partition.records.length - partition.at < partitionBufferMin) {
        this.roomMade?.()
        this.roomMade = undefined
      }
      return { source, records, next }
    }
    return undefined
  }
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
