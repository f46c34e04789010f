import { copyOf } from '../../model/bytes.ts'
import { partitionOf } from '../../model/key-group.ts'
import { type ProducedRecord, type UpcomingRecord } from '../../ports/transactional-log.ts'
import { RecordBatchWriter } from './record-batch-writer.ts'

/** Where the next record without a key goes. */
interface Turn {
  nextPartition: number
}

/** What a log remembers of a topic from one session to the next. */
export class TopicMemory implements Turn {
  nextPartition = 0
  /** Batches written to this topic stay below this; it shrinks where the topic refuses them. */
  batchBytesMax: number

  constructor(batchBytesMax: number) {
    this.batchBytesMax = batchBytesMax
  }
}

export interface PartitionOutbox {
  readonly topic: string
  readonly partition: number
  readonly writer: RecordBatchWriter
  /** The sequence number of the next record of this session. */
  sequence: number
}

interface Deferred {
  readonly topic: string
  readonly partition: number | null
  readonly record: ProducedRecord
}

interface TopicOutbox {
  readonly partitions: (PartitionOutbox | undefined)[]
  readonly memory: TopicMemory
}

/** The records of one producer that wait to be sent, encoded as they come into one buffer for each partition. */
export class Outbox {
  /** Records of topics whose partition count is not known yet, in their order. */
  private deferred: Deferred[] = []
  private readonly deferredTopics = new Set<string>()
  private readonly topics = new Map<string, TopicOutbox>()
  private readonly filled = new Set<PartitionOutbox>()
  private readonly partitionCount: (topic: string) => number | undefined
  private readonly memoryOf: (topic: string) => TopicMemory

  constructor(partitionCount: (topic: string) => number | undefined, memoryOf: (topic: string) => TopicMemory) {
    this.partitionCount = partitionCount
    this.memoryOf = memoryOf
  }

  get empty(): boolean {
    return this.filled.size === 0 && this.deferred.length === 0
  }

  append(topic: string, partition: number | null, record: ProducedRecord): void {
    if (this.deferredTopics.has(topic) || !this.tryAppend(topic, partition, record))
      this.defer(topic, partition, record)
  }

  /** Topics that must be asked for before `settle`. */
  get unsettledTopics(): readonly string[] {
    return [...this.deferredTopics]
  }

  /** Encodes what was held back. Answers what still cannot be placed: its topic, and the partition if one was asked for. */
  settle(): { readonly topic: string; readonly partition: number | null } | undefined {
    const waiting = this.deferred
    this.deferred = []
    this.deferredTopics.clear()
    for (const { topic, partition, record } of waiting) this.append(topic, partition, record)
    return this.deferred[0]
  }

  /** Partitions with records to send. */
  outgoing(): readonly PartitionOutbox[] {
    return [...this.filled]
  }

  /** All was sent and answered: the buffers are free. */
  sent(): void {
    for (const { writer } of this.filled) writer.reset()
    this.filled.clear()
  }

  /**
   * The partitions that records will go to, if these come next; not of topics that are not known. Looks at `max` of them,
   * and says whether there are more. Nothing changes by asking.
   */
  placesOf(upcoming: Iterable<UpcomingRecord>, max: number): { places: Set<PartitionOutbox>; more: boolean } {
    const places = new Set<PartitionOutbox>()
    const turns = new Map<TopicOutbox, Turn>()
    let looked = 0
    for (const { topic, partition, key } of upcoming) {
      if (looked++ === max) return { places, more: true }
      const box = this.boxOf(topic)
      let turn = turns.get(box)
      if (!turn) turns.set(box, (turn = { nextPartition: box.memory.nextPartition }))
      const place = this.place(topic, partition, key, box, turn)
      if (place) places.add(place)
    }
    return { places, more: false }
  }

  private tryAppend(topic: string, partition: number | null, record: ProducedRecord): boolean {
    const box = this.boxOf(topic)
    const outbox = this.place(topic, partition, record.key, box, box.memory)
    if (outbox === undefined) return false
    if (outbox.writer.empty) this.filled.add(outbox)
    outbox.writer.append(record)
    return true
  }

  private place(
    topic: string,
    partition: number | null,
    key: Uint8Array | null,
    box: TopicOutbox,
    turn: Turn,
  ): PartitionOutbox | undefined {
    const to = partition ?? this.choose(topic, key, turn)
    if (to === undefined) return undefined
    return box.partitions[to] ?? this.partitionOutbox(topic, to, box)
  }

  private choose(topic: string, key: Uint8Array | null, turn: Turn): number | undefined {
    const count = this.partitionCount(topic)
    if (count === undefined || count === 0) return undefined
    return key === null ? turn.nextPartition++ % count : partitionOf(key, count)
  }

  private boxOf(topic: string): TopicOutbox {
    return this.topics.get(topic) ?? this.topicOutbox(topic)
  }

  private topicOutbox(topic: string): TopicOutbox {
    const box: TopicOutbox = { partitions: [], memory: this.memoryOf(topic) }
    this.topics.set(topic, box)
    return box
  }

  private partitionOutbox(topic: string, partition: number, box: TopicOutbox): PartitionOutbox | undefined {
    if (partition >= (this.partitionCount(topic) ?? 0)) return undefined
    const writer = new RecordBatchWriter(box.memory.batchBytesMax)
    const outbox: PartitionOutbox = { topic, partition, writer, sequence: 0 }
    box.partitions[partition] = outbox
    return outbox
  }

  /** The caller may use its bytes again before they are encoded, so they are copied. */
  private defer(topic: string, partition: number | null, record: ProducedRecord): void {
    const headers = record.headers.map(([name, value]) => [name, copyOf(value)] as const)
    const { timestampMs } = record
    this.deferred.push({
      topic,
      partition,
      record: { key: copyOf(record.key), value: copyOf(record.value), headers, timestampMs },
    })
    this.deferredTopics.add(topic)
  }
}
