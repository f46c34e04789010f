import type { OutgoingRecord } from '../model/record.ts'
import type {
  ProducedBatch,
  ProducedRecord,
  LogOutcome,
  LogProducer,
  TransactionalLog,
  UpcomingRecord,
} from '../ports/transactional-log.ts'
import { sleep, type Clock } from '../ports/clock.ts'
import type { MarkerHint } from './log-entry.ts'
import type { MarkerTopic } from './manifest.ts'
import { transactionalId } from './names.ts'
import type { OutboxRecord } from './outbox.ts'
import { fenceRecord, markPartition, markRecord, readMark } from './publish-mark.ts'

/** A window as the publisher needs it. */
export interface PublishableWindow {
  readonly number: number
  readonly clockMs: number
  /** Read again each time; see readOutbox. */
  readonly records: Iterable<OutboxRecord>
}

export interface SessionOptions {
  readonly uuid: string
  readonly markers: MarkerTopic
  readonly transactionTimeoutMs: number
}

/** What opening or publishing came to; anything but `ok` ends the session (rule 11). */
export type SessionOutcome<T> = Exclude<LogOutcome<T>, { kind: 'retriable' }>

/**
 * One life of a log's transactional producer (rule 10): InitProducerId, then the marker is read, then windows are published
 * from the marker on. Never the marker first: what a dead session had under way is only decided by InitProducerId.
 */
export class ProducerSession {
  private readonly producer: LogProducer
  private readonly clock: Clock
  private readonly log: string
  private readonly markers: MarkerTopic
  /** Of the topic of markers, where this log's are. */
  private readonly markPartition: number
  /** The last window published, and where its marker is. */
  mark: MarkerHint

  private constructor(producer: LogProducer, clock: Clock, log: string, markers: MarkerTopic, mark: MarkerHint) {
    this.producer = producer
    this.clock = clock
    this.log = log
    this.markers = markers
    this.markPartition = markPartition(log, markers)
    this.mark = mark
  }

  static async open(
    kafka: TransactionalLog,
    clock: Clock,
    log: string,
    hint: MarkerHint,
    options: SessionOptions,
  ): Promise<SessionOutcome<ProducerSession>> {
    const id = transactionalId(options.uuid, log)
    const opened = await untilDecided(clock, () => kafka.producer(id, options.transactionTimeoutMs))
    if (opened.kind !== 'ok') return opened
    const session = new ProducerSession(opened.value, clock, log, options.markers, hint)
    const fenced = await session.transaction([], fenceRecord(log, clock.now()))
    if (fenced.kind !== 'ok') {
      await session.close()
      return fenced
    }
    session.mark = await readMark(kafka, clock, options.markers, log, hint, fenced.value)
    return { kind: 'ok', value: session }
  }

  /** This window is about to be published. */
  prepare(window: PublishableWindow): void {
    this.producer.prepare(this.upcoming(window))
  }

  private *upcoming({ records }: PublishableWindow): Iterable<UpcomingRecord> {
    yield { topic: this.markers.topic, partition: this.markPartition, key: null }
    for (const { topic, record } of records) yield { topic, partition: null, key: record.key }
  }

  /** Publishes windows and their marker in one transaction. */
  async publish(windows: readonly PublishableWindow[]): Promise<SessionOutcome<void>> {
    const last = windows[windows.length - 1]
    if (!last) return { kind: 'ok', value: undefined }
    const written = await this.transaction(windows, markRecord(this.log, last.number, last.clockMs))
    if (written.kind !== 'ok') return written
    this.mark = { number: last.number, offset: written.value }
    return { kind: 'ok', value: undefined }
  }

  /** Answers the offset of `own`, the record in the topic of markers. */
  private async transaction(
    windows: readonly PublishableWindow[],
    own: ReturnType<typeof markRecord>,
  ): Promise<SessionOutcome<number>> {
    const { producer, markPartition: partition } = this
    const { topic } = this.markers
    for (const { records, clockMs } of windows)
      for (const { topic: to, record } of records)
        producer.append(to, null, isTimed(record) ? record : { ...record, timestampMs: clockMs })
    producer.append(topic, partition, own)
    const sent = await untilDecided(this.clock, () => producer.flush())
    if (sent.kind !== 'ok') return sent
    const ended = await producer.end('commit')
    if (ended.kind === 'retriable') return { kind: 'ambiguous', cause: ended.cause }
    if (ended.kind !== 'ok') return ended
    return { kind: 'ok', value: offsetOf(sent.value, topic, partition) }
  }

  async close(): Promise<void> {
    await this.producer.close()
  }
}

const isTimed = (record: OutgoingRecord): record is ProducedRecord => record.timestampMs !== undefined

const offsetOf = (batches: readonly ProducedBatch[], topic: string, partition: number): number =>
  batches.find((batch) => batch.topic === topic && batch.partition === partition)?.firstOffset ?? 0

/** Asks again for as long as nothing has taken effect. */
const untilDecided = async <T>(clock: Clock, ask: () => Promise<LogOutcome<T>>): Promise<SessionOutcome<T>> => {
  for (let pause = 5; ; pause = Math.min(pause * 2, 1_000)) {
    const outcome = await ask()
    if (outcome.kind !== 'retriable') return outcome
    await sleep(clock, pause)
  }
}
