import type {
  AbortedTransaction,
  FetchPosition,
  LogOutcome,
  OffsetQuery,
  ProducedBatch,
  TopicSpec,
} from '../../ports/transactional-log.ts'
import type { EncodedBatch } from './batch-codec.ts'
import type { StoredBatch } from './log-store.ts'

/** What a producer proves itself with: who has an older epoch is fenced. */
export interface ProducerLease {
  readonly transactionalId: string
  readonly producerId: number
  readonly epoch: number
}

export interface PartitionBatch extends EncodedBatch {
  readonly topic: string
  readonly partition: number
}

export interface ReadBounds {
  readonly maxBytes: number
  readonly partitionMaxBytes: number
}

export interface ReadPartition {
  readonly topic: string
  readonly partition: number
  readonly status: 'ok' | 'out-of-range' | 'topic-missing'
  readonly logStartOffset: number
  readonly lastStableOffset: number
  readonly highWatermark: number
  readonly aborted: readonly AbortedTransaction[]
  readonly batches: readonly StoredBatch[]
}

/** The log as its clients reach it: in this process, or behind a worker thread. See LogEngine for what each does. */
export interface LogServer {
  partitions(topics: readonly string[]): Promise<LogOutcome<ReadonlyMap<string, number>>>
  createTopic(topic: TopicSpec): Promise<LogOutcome<void>>
  offsets(
    topic: string,
    partitions: readonly number[],
    at: OffsetQuery,
  ): Promise<LogOutcome<ReadonlyMap<number, number>>>
  read(positions: readonly FetchPosition[], bounds: ReadBounds): Promise<LogOutcome<ReadPartition[]>>
  initProducer(transactionalId: string, timeoutMs: number): Promise<LogOutcome<ProducerLease>>
  produce(lease: ProducerLease, batches: readonly PartitionBatch[]): Promise<LogOutcome<readonly ProducedBatch[]>>
  end(lease: ProducerLease, decision: 'commit' | 'abort'): Promise<LogOutcome<void>>
  commitGroupOffsets(group: string, positions: readonly FetchPosition[]): Promise<LogOutcome<void>>
  /** Tells of topics in which readers may find more now, of none when the log has stopped; the answer ends it. */
  onAdvance(listener: (topics: ReadonlySet<string>) => void): () => void
}
