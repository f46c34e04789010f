import { utf8Decode, utf8Encode } from '../../runtime/model/bytes.ts'
import type { LogRecord } from '../../runtime/model/record.ts'
import type {
  FetchedPartition,
  LogOutcome,
  LogProducer,
  ProducedRecord,
  RecordBatch,
  TransactionalLog,
} from '../../runtime/ports/transactional-log.ts'

export interface OpenLog {
  readonly log: TransactionalLog
  /** A plain write of one batch without a transaction. */
  feed(topic: string, partition: number, records: readonly ProducedRecord[]): Promise<void>
  dispose(): Promise<void>
}

/** A log under test and what a test does with it over and over. */
export class LogHarness {
  readonly log: TransactionalLog
  readonly feed: OpenLog['feed']
  private readonly suffix = Math.random().toString(36).slice(2, 10)
  private made = 0

  constructor(opened: OpenLog) {
    this.log = opened.log
    this.feed = (topic, partition, records) => opened.feed(topic, partition, records)
  }

  name(what: string): string {
    return `${what}-${this.suffix}-${this.made++}`
  }

  async topic(partitions = 1): Promise<string> {
    const name = this.name('topic')
    valueOf(await this.log.createTopic({ name, partitions, replicationFactor: undefined, compacted: false }))
    return name
  }

  async producer(id = this.name('producer'), timeoutMs = 60_000): Promise<LogProducer> {
    return valueOf(await this.log.producer(id, timeoutMs))
  }

  /** Appends, flushes and leaves the transaction open. */
  async write(producer: LogProducer, topic: string, partition: number, ...values: string[]): Promise<void> {
    for (const value of values) producer.append(topic, partition, record(value))
    valueOf(await producer.flush())
  }

  async latest(topic: string, partition = 0): Promise<number> {
    return valueOf(await this.log.offsets(topic, [partition], 'latest')).get(partition)!
  }

  async fetchOne(topic: string, offset: number, maxWaitMs = 200, partition = 0): Promise<FetchedPartition> {
    const bounds = { maxWaitMs, maxBytes: 8 << 20, partitionMaxBytes: 8 << 20 }
    for (;;) {
      const answer = valueOf(await this.log.fetch('contract', [{ topic, partition, offset }], bounds))
      const fetched = answer.find((one) => one.topic === topic && one.partition === partition)
      if (!fetched) throw new Error(`the answer leaves out ${topic}/${partition}`)
      if (fetched.status !== 'retry') return fetched
    }
  }

  /** Everything from an offset to the last stable offset, as it lies. */
  async batches(topic: string, from = 0, partition = 0): Promise<Lying> {
    const lying: Lying = { batches: [], aborted: [] }
    for (let offset = from; ;) {
      const fetched = await this.fetchOne(topic, offset, 100, partition)
      if (fetched.status !== 'ok') throw new Error(`${fetched.status} at offset ${offset}`)
      lying.batches.push(...fetched.batches)
      lying.aborted.push(...fetched.aborted.map(({ producerId, firstOffset }) => `${producerId}@${firstOffset}`))
      offset = (fetched.batches.at(-1)?.lastOffset ?? offset - 1) + 1
      if (offset >= fetched.lastStableOffset) return lying
      if (fetched.batches.length === 0) throw new Error(`nothing at ${offset} before ${fetched.lastStableOffset}`)
    }
  }

  /** The committed records from the partition's beginning on. */
  async committed(topic: string, partition = 0): Promise<LogRecord[]> {
    return committedOf((await this.batches(topic, 0, partition)).batches)
  }

  async committedValues(topic: string, partition = 0): Promise<(string | null)[]> {
    return (await this.committed(topic, partition)).map(({ value }) => value && utf8Decode(value))
  }
}

export interface Lying {
  readonly batches: RecordBatch[]
  readonly aborted: string[]
}

/**
 * The oracle, which reads no list of aborted transactions: a record of a transaction is committed when the next control
 * batch of its producer says so. It holds only for batches from the beginning through the last stable offset.
 */
export const committedOf = (batches: readonly RecordBatch[]): LogRecord[] =>
  batches.flatMap((batch, place) => {
    if (batch.control) return []
    if (!batch.transactional) return batch.records()
    const end = batches.slice(place + 1).find(({ producerId, control }) => producerId === batch.producerId && control)
    if (!end) throw new Error(`the batch at ${batch.baseOffset} lies before the last stable offset and has no end`)
    return end.control === 'commit' ? batch.records() : []
  })

export const record = (value: string, key: string | null = null, timestampMs = 1_700_000_000_000): ProducedRecord => ({
  key: key === null ? null : utf8Encode(key),
  value: utf8Encode(value),
  headers: [],
  timestampMs,
})

export const valueOf = <T>(outcome: LogOutcome<T>): T => {
  if (outcome.kind !== 'ok') throw new Error(`${outcome.kind}: ${outcome.cause.message}`, { cause: outcome.cause })
  return outcome.value
}
