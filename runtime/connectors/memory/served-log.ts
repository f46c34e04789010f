import { MillraceError } from '../../model/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type {
  FetchBounds,
  FetchedPartition,
  FetchPosition,
  LogOutcome,
  LogProducer,
  RecordBatch,
  TransactionalLog,
} from '../../ports/transactional-log.ts'
import { decodeBatch } from './batch-codec.ts'
import { RecordListCursor } from './record-list-cursor.ts'
import type { LogServer, ReadPartition } from './log-server.ts'
import type { StoredBatch } from './log-store.ts'
import { ServedProducer } from './served-producer.ts'

/** The port over a log server: waiting fetches, decoding, producers. Time passes on the given clock. */
export class ServedLog implements TransactionalLog {
  private readonly server: LogServer
  private readonly clock: Clock
  private readonly disposeServer: () => Promise<void>
  private readonly closing = new AbortController()

  constructor(server: LogServer, clock: Clock, disposeServer: () => Promise<void> = async () => {}) {
    this.server = server
    this.clock = clock
    this.disposeServer = disposeServer
  }

  readonly partitions: TransactionalLog['partitions'] = async (topics) =>
    this.closed() ?? this.server.partitions(topics)
  readonly createTopic: TransactionalLog['createTopic'] = async (topic) =>
    this.closed() ?? this.server.createTopic(topic)
  readonly offsets: TransactionalLog['offsets'] = async (topic, partitions, at) =>
    this.closed() ?? this.server.offsets(topic, partitions, at)
  readonly mayProduce: TransactionalLog['mayProduce'] = async () => this.closed() ?? { kind: 'ok', value: undefined }
  readonly commitGroupOffsets: TransactionalLog['commitGroupOffsets'] = async (group, positions) =>
    this.closed() ?? this.server.commitGroupOffsets(group, positions)

  async fetch(
    _reader: string,
    positions: readonly FetchPosition[],
    bounds: FetchBounds,
  ): Promise<LogOutcome<FetchedPartition[]>> {
    const untilMs = this.clock.monotonic() + bounds.maxWaitMs
    const topics = new Set(positions.map(({ topic }) => topic))
    for (;;) {
      const closed = this.closed()
      if (closed) return closed
      // Listening begins before the read: what is written meanwhile must not be slept over.
      const signs = new AdvanceWatch(this.server, topics)
      try {
        const read = await this.server.read(positions, bounds)
        if (read.kind !== 'ok') return read
        const leftMs = untilMs - this.clock.monotonic()
        if (leftMs <= 0 || bounds.signal?.aborted || read.value.some(isNews))
          return { kind: 'ok', value: read.value.map(fetched) }
        await signs.wait(this.clock, leftMs, [this.closing.signal, ...(bounds.signal ? [bounds.signal] : [])])
      } finally {
        signs.end()
      }
    }
  }

  async producer(transactionalId: string, transactionTimeoutMs: number): Promise<LogOutcome<LogProducer>> {
    const lease = this.closed() ?? (await this.server.initProducer(transactionalId, transactionTimeoutMs))
    if (lease.kind !== 'ok') return lease
    return { kind: 'ok', value: new ServedProducer(this.server, lease.value) }
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return
    this.closing.abort()
    await this.disposeServer()
  }

  private closed(): LogOutcome<never> | undefined {
    if (!this.closing.signal.aborted) return undefined
    return { kind: 'fatal', cause: new MillraceError('LOG_UNAVAILABLE', 'this log was closed') }
  }
}

/** Notices that a topic of interest went on, from its making on. */
class AdvanceWatch {
  readonly end: () => void
  private seen = false
  private wake: () => void = () => {}

  constructor(server: LogServer, topics: ReadonlySet<string>) {
    this.end = server.onAdvance((advanced) => {
      if (advanced.size === 0 || [...advanced].some((topic) => topics.has(topic))) this.seen = true
      if (this.seen) this.wake()
    })
  }

  async wait(clock: Clock, delayMs: number, signals: readonly AbortSignal[]): Promise<void> {
    if (this.seen || signals.some(({ aborted }) => aborted)) return
    const released = new AbortController()
    await new Promise<void>((resolve) => {
      this.wake = resolve
      const cancel = clock.after(delayMs, resolve)
      released.signal.addEventListener('abort', cancel)
      // Signals live longer than one wait: a listener that stayed behind would be a leak for each fetch.
      for (const signal of signals) signal.addEventListener('abort', () => resolve(), { signal: released.signal })
    })
    released.abort()
  }
}

const isNews = ({ status, batches }: ReadPartition): boolean => status !== 'ok' || batches.length > 0

const fetched = (read: ReadPartition): FetchedPartition => ({
  ...read,
  batches: read.batches.map((batch) => new DecodedBatch(batch, `${read.topic}/${read.partition}`)),
})

class DecodedBatch implements RecordBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly producerId: bigint
  readonly transactional: boolean
  readonly control: RecordBatch['control']
  private readonly payload: Uint8Array
  private readonly where: string

  constructor(stored: StoredBatch, where: string) {
    this.baseOffset = stored.baseOffset
    this.lastOffset = stored.lastOffset
    this.producerId = BigInt(stored.producerId)
    this.transactional = stored.transactional
    this.control = stored.control
    this.payload = stored.payload
    this.where = where
  }

  records() {
    return this.control ? [] : decodeBatch(this.payload, this.baseOffset, this.where)
  }

  cursor() {
    return new RecordListCursor(this.records())
  }
}
