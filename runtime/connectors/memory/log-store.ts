/** A batch as a log keeps it. `payload` is batch-codec's, and empty for a control batch. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  /** -1: of no producer. */
  readonly producerId: number
  readonly transactional: boolean
  readonly control: 'commit' | 'abort' | undefined
  readonly maxTimestampMs: number
  readonly payload: Uint8Array
}

/** A transaction that was aborted: `lastOffset` is its control record's. */
export interface AbortedRange {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
}

export interface OpenTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface ProducerState {
  readonly producerId: number
  readonly epoch: number
  readonly timeoutMs: number
  /** When its transaction began; undefined while none is open. */
  readonly openSinceMs: number | undefined
}

/** All that a log engine must know when it starts; batches stay in the store. */
export interface LogContents {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly PartitionContents[] }[]
  readonly producers: ReadonlyMap<string, ProducerState>
}

export interface PartitionContents {
  readonly logStartOffset: number
  readonly nextOffset: number
  readonly open: readonly OpenTransaction[]
  /** In the order of their control records. */
  readonly aborted: readonly AbortedRange[]
}

/**
 * Where a log engine keeps batches and what it must find again. Calls are synchronous, so that what the engine does for
 * one request is one piece; whoever drives the engine decides when it becomes durable.
 */
export interface LogStore {
  load(): LogContents
  saveTopic(topic: string, partitions: number): void
  saveProducer(transactionalId: string, state: ProducerState): void
  saveGroupOffset(group: string, topic: string, partition: number, offset: number): void
  append(topic: string, partition: number, batch: StoredBatch): void
  openTransaction(topic: string, partition: number, transaction: OpenTransaction): void
  closeTransaction(topic: string, partition: number, producerId: number, aborted: AbortedRange | undefined): void
  /** Batches that end at or after `fromOffset` and begin before `beforeOffset`; one at least, then while they fit. */
  read(topic: string, partition: number, fromOffset: number, beforeOffset: number, bytesMax: number): StoredBatch[]
  /** The first batch with records that holds one of this time or later. */
  firstAtOrAfter(topic: string, partition: number, timestampMs: number): StoredBatch | undefined
  /** Forgets the batches that end before `offset`. */
  trim(topic: string, partition: number, offset: number): void
}
