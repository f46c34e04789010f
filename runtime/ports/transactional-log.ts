import type { Headers, LogRecord } from '../model/record.ts'

/**
 * A partitioned log with Kafka's transactions: Kafka itself, the embedded log, the simulator's. What stands above it
 * (producer sessions, markers, the read-committed filter: protocol rules 9-16) is the same for all three.
 */
export interface TransactionalLog {
  /**
   * Partition counts of the topics that exist; the others are missing from the answer. `fatal` where the log knows that
   * one of them must not be used as `uses` says.
   */
  partitions(topics: readonly string[], uses?: readonly TopicUse[]): Promise<LogOutcome<ReadonlyMap<string, number>>>
  /** Creates a topic; one that is there already is a success, and needs no right to create. */
  createTopic(topic: TopicSpec): Promise<LogOutcome<void>>
  /** Offsets per partition: the first kept, the next to be written, or the first at or after a time (else the next). */
  offsets(
    topic: string,
    partitions: readonly number[],
    at: OffsetQuery,
  ): Promise<LogOutcome<ReadonlyMap<number, number>>>
  /**
   * Reads from each position on, waiting up to `maxWaitMs` while there is nothing. Answers batches as they lie, aborted
   * and control batches included: see log/read-committed. One fetch at a time for each `reader`.
   */
  fetch(
    reader: string,
    positions: readonly FetchPosition[],
    bounds: FetchBounds,
  ): Promise<LogOutcome<FetchedPartition[]>>
  /** Whether the log lets this client open producers of an id: `fatal` where it does not. Has no effect. */
  mayProduce(transactionalId: string): Promise<LogOutcome<void>>
  /** InitProducerId: fences every earlier producer of this id and aborts its open transaction. */
  producer(transactionalId: string, transactionTimeoutMs: number): Promise<LogOutcome<LogProducer>>
  /** Records positions for people who watch a group's lag. Nothing here ever reads them. */
  commitGroupOffsets(group: string, positions: readonly FetchPosition[]): Promise<LogOutcome<void>>
  close(): Promise<void>
}

/** One life of a transactional producer. After any outcome but `ok` (and `retriable` of `flush`) it is dead: rule 11. */
export interface LogProducer {
  /** Adds a record to the open transaction, in memory. A null partition: by key as Kafka's default, null key round robin. */
  append(topic: string, partition: number | null, record: ProducedRecord): void
  /**
   * Records are about to be appended, these or others: what can be done before they are there, is. Sends no record and
   * decides nothing; whatever fails is told by the next flush. Call it only where a flush comes soon, since a transaction
   * may be open from now on.
   * @param upcoming read at once, and not to its end where that takes long
   */
  prepare(upcoming: Iterable<UpcomingRecord>): void
  /**
   * Sends what was appended. Answers the offset of the first record sent to each partition. `retriable` only while
   * nothing of this transaction has reached the log: what was appended is kept, and flush may be called again.
   */
  flush(): Promise<LogOutcome<readonly ProducedBatch[]>>
  /** Ends the transaction that the last flush began. */
  end(decision: 'commit' | 'abort'): Promise<LogOutcome<void>>
  close(): Promise<void>
}

export interface ProducedRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
  readonly timestampMs: number
}

/** What decides where a record goes, as `append` will be told. */
export interface UpcomingRecord {
  readonly topic: string
  readonly partition: number | null
  readonly key: Uint8Array | null
}

export interface ProducedBatch {
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
}

export type TopicUse = 'read' | 'write'

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  /** Undefined: the log's default. */
  readonly replicationFactor: number | undefined
  readonly compacted: boolean
}

export type OffsetQuery = 'earliest' | 'latest' | { readonly timestampMs: number }

export interface FetchPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface FetchBounds {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly partitionMaxBytes: number
  /** Ends the wait early. */
  readonly signal?: AbortSignal
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** `out-of-range`: the position is not (or no longer) in the log; `retry`: ask again. */
  readonly status: 'ok' | 'out-of-range' | 'topic-missing' | 'retry'
  /** The first offset kept. */
  readonly logStartOffset: number
  /** No record at or beyond it is decided: readers of committed records stop here. */
  readonly lastStableOffset: number
  /** The next offset to be written. */
  readonly highWatermark: number
  readonly aborted: readonly AbortedTransaction[]
  readonly batches: readonly RecordBatch[]
}

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

export interface RecordBatch {
  readonly baseOffset: number
  /** Of the last record that the batch had when written; compaction may have taken it. */
  readonly lastOffset: number
  readonly producerId: bigint
  readonly transactional: boolean
  /** Set on a control batch: how the transaction of `producerId` ended (`other`: some other control record). */
  readonly control: 'commit' | 'abort' | 'other' | undefined
  /** Decodes the records. Throws a MillraceError LOG_CORRUPT for a bad checksum or an unknown codec. */
  records(): LogRecord[]
  /** The same bit by bit, for readers that shall not have all of a large batch as objects at a time. Throws the same. */
  cursor(): RecordCursor
}

/** Where somebody is in a batch. */
export interface RecordCursor {
  /** No record is left. */
  readonly done: boolean
  /** Decodes the next ones, up to `max`, fewer where those take `bytesMax` already; at least one. Throws as `records`. */
  take(max: number, bytesMax: number): LogRecord[]
}

/** How a request ended. The kinds are closed: each says what the caller must do. */
export type LogOutcome<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** Nothing took effect: ask again. */
  | { readonly kind: 'retriable'; readonly cause: Error }
  /** It may have taken effect, or may later. */
  | { readonly kind: 'ambiguous'; readonly cause: Error }
  /** Another producer of this id has begun, or the log timed the transaction out: the two look the same (rule 12). */
  | { readonly kind: 'fenced'; readonly cause: Error }
  /** A record that can never be written. `topic` names where. */
  | { readonly kind: 'rejected'; readonly topic: string; readonly cause: Error }
  /** Asking again will not help: a right is missing, the log speaks too old a version. */
  | { readonly kind: 'fatal'; readonly cause: Error }
