import { murmur2 } from '../../model/hash.ts'
import { assert, MillraceError } from '../../model/errors.ts'
import type { LogOutcome, LogProducer, ProducedBatch, ProducedRecord } from '../../ports/transactional-log.ts'
import { encodeBatch } from './batch-codec.ts'
import type { LogServer, PartitionBatch, ProducerLease } from './log-server.ts'

interface Appended {
  readonly topic: string
  readonly partition: number | null
  readonly record: ProducedRecord
}

// Readers take batches whole: a batch is closed when its records reach this size.
const batchBytesMax = 1 << 20
const recordOverheadBytes = 32

/** One life of a transactional producer over a log server. */
export class ServedProducer implements LogProducer {
  private readonly server: LogServer
  private readonly lease: ProducerLease
  private appended: Appended[] = []
  private encoded: readonly PartitionBatch[] | undefined
  private readonly roundRobin = new Map<string, number>()
  private preparing: Promise<void> | undefined
  /** From the first flush of a transaction on, until it has ended. */
  private flushing = false
  /** Once set, every further call answers it: rule 11 ends a session with its first error. */
  private death: LogOutcome<never> | undefined

  constructor(server: LogServer, lease: ProducerLease) {
    this.server = server
    this.lease = lease
  }

  append(topic: string, partition: number | null, record: ProducedRecord): void {
    assert(!this.encoded, 'a record was appended while a flush was to be repeated')
    this.appended.push({ topic, partition, record })
  }

  /** Opens the transaction. What goes wrong is told by the next flush; no answer is no reason to end. */
  prepare(): void {
    if (this.death || this.preparing || this.flushing) return
    this.preparing = this.server.produce(this.lease, []).then((opened) => {
      if (opened.kind !== 'ok' && opened.kind !== 'retriable') this.death = opened
    })
  }

  async flush(): Promise<LogOutcome<readonly ProducedBatch[]>> {
    if (this.death) return this.death
    if (this.appended.length === 0) return { kind: 'ok', value: [] }
    this.flushing = true
    await this.preparing
    this.preparing = undefined
    if (this.death) return this.death
    if (!this.encoded) {
      const batches = await this.encode()
      if (batches.kind !== 'ok') return this.unlessRetriable(batches)
      this.encoded = batches.value
    }
    const produced = await this.server.produce(this.lease, this.encoded)
    if (produced.kind !== 'ok') return this.unlessRetriable(produced)
    this.appended = []
    this.encoded = undefined
    return { kind: 'ok', value: firstOfEach(produced.value) }
  }

  async end(decision: 'commit' | 'abort'): Promise<LogOutcome<void>> {
    if (this.death) return this.death
    assert(decision === 'abort' || this.appended.length === 0, 'a transaction was committed before it was flushed')
    this.appended = []
    this.encoded = undefined
    const ended = await this.server.end(this.lease, decision)
    this.flushing = false
    if (ended.kind !== 'ok') this.death = ended
    return ended
  }

  /** Leaves an open transaction as a crash does: the next producer of this id, or its time-out, ends it. */
  async close(): Promise<void> {
    this.death ??= { kind: 'fatal', cause: new MillraceError('LOG_UNAVAILABLE', 'this producer was closed') }
  }

  private unlessRetriable<T extends LogOutcome<never>>(outcome: T): T {
    if (outcome.kind !== 'retriable') this.death = outcome
    return outcome
  }

  private async encode(): Promise<LogOutcome<readonly PartitionBatch[]>> {
    const topics = [...new Set(this.appended.map(({ topic }) => topic))]
    const counts = await this.server.partitions(topics)
    if (counts.kind !== 'ok') return counts
    const byPartition = new Map<string, { topic: string; partition: number; records: ProducedRecord[] }>()
    for (const { topic, partition: given, record } of this.appended) {
      const count = counts.value.get(topic)
      if (count === undefined) return { kind: 'rejected', topic, cause: noTopic(topic) }
      const partition = given ?? this.choose(topic, record.key, count)
      const key = `${partition}/${topic}`
      const batch = byPartition.get(key)
      if (batch) batch.records.push(record)
      else byPartition.set(key, { topic, partition, records: [record] })
    }
    const batches = [...byPartition.values()].flatMap(({ topic, partition, records }) =>
      split(records).map((part) => ({ topic, partition, ...encodeBatch(part) })),
    )
    return { kind: 'ok', value: batches }
  }

  private choose(topic: string, key: Uint8Array | null, count: number): number {
    if (key) return (murmur2(key) & 0x7fffffff) % count
    const turn = this.roundRobin.get(topic) ?? 0
    this.roundRobin.set(topic, turn + 1)
    return turn % count
  }
}

const noTopic = (topic: string): MillraceError =>
  new MillraceError('LOG_TOPIC_MISSING', `there is no topic ${topic}: create it, or mend the name`)

const sizeOf = (record: ProducedRecord): number =>
  record.headers.reduce(
    (bytes, [name, value]) => bytes + name.length + (value?.length ?? 0),
    recordOverheadBytes + (record.key?.length ?? 0) + (record.value?.length ?? 0),
  )

const split = (records: readonly ProducedRecord[]): ProducedRecord[][] => {
  const parts: ProducedRecord[][] = []
  let bytes = Infinity
  for (const record of records) {
    const size = sizeOf(record)
    bytes += size
    if (bytes > batchBytesMax) {
      parts.push([record])
      bytes = size
    } else parts.at(-1)!.push(record)
  }
  return parts
}

/** The port tells of each partition once, where its first record went. */
const firstOfEach = (batches: readonly ProducedBatch[]): readonly ProducedBatch[] => {
  const first = new Map<string, ProducedBatch>()
  for (const batch of batches) {
    const key = `${batch.partition}/${batch.topic}`
    if (!first.has(key)) first.set(key, batch)
  }
  return [...first.values()]
}
