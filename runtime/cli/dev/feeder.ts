import { utf8Decode, utf8Encode } from '../../model/bytes.ts'
import { MillraceError, messageOf } from '../../model/errors.ts'
import { type Clock, sleep } from '../../ports/clock.ts'
import type { EventLog } from '../../ports/telemetry.ts'
import type { LogProducer, TransactionalLog } from '../../ports/transactional-log.ts'
import { lastCommitted, okOr } from './last-committed.ts'
import type { Feed, FeedRecord } from './options.ts'

/** Says in each record which one of the feed's it is. */
const numberHeader = 'feed-number'
const transactionTimeoutMs = 10_000
const transactionRecordsMax = 2_000
const transactionsPerSecond = 10
const pauseMsMax = 10_000

/**
 * Feeds a topic, each record once, through any crash. Records go in transactions, over all partitions, in the feed's order:
 * so the highest number that is committed says where to go on. It is read after a new producer has fenced the one before
 * it and ended its transaction, and after any failure again.
 */
export class Feeder {
  private readonly feed: Feed
  private readonly log: TransactionalLog
  private readonly clock: Clock
  private readonly events: EventLog
  private stopped = false
  /** The number of the next record. */
  position = 0
  /** All records of the feed have been written. */
  finished = false

  constructor(feed: Feed, log: TransactionalLog, clock: Clock, events: EventLog) {
    this.feed = feed
    this.log = log
    this.clock = clock
    this.events = events
  }

  get topic(): string {
    return this.feed.topic
  }

  /** Resolves when all is fed, or soon after `stop`. */
  async run(): Promise<void> {
    for (let pause = 100; !this.stopped && !this.finished; pause = Math.min(pause * 2, pauseMsMax)) {
      const before = this.position
      try {
        await this.session()
      } catch (error) {
        if (this.position > before) pause = 100
        this.events.warn('feed-failed', `feeding ${this.feed.topic}: ${messageOf(error)}`, { retryInMs: pause })
        await sleep(this.clock, pause)
      }
    }
  }

  stop(): void {
    this.stopped = true
  }

  private async session(): Promise<void> {
    const { topic } = this.feed
    const producer = okOr(
      await this.log.producer(`millrace-dev-feed-${topic}`, transactionTimeoutMs),
      `feeding ${topic}`,
    )
    try {
      this.position = await this.committed()
      await this.writeFrom(producer)
    } finally {
      await producer.close()
    }
  }

  private async writeFrom(producer: LogProducer): Promise<void> {
    const { perSecond, records } = this.feed
    const size =
      perSecond === 0
        ? transactionRecordsMax
        : Math.min(transactionRecordsMax, Math.max(1, Math.round(perSecond / transactionsPerSecond)))
    let dueMs = this.clock.monotonic()
    for await (const chunk of records(this.position)) {
      for (let i = 0; i < chunk.length; i += size) {
        if (this.stopped) return
        const part = chunk.slice(i, i + size)
        await this.write(producer, part)
        if (perSecond === 0) continue
        dueMs += (part.length / perSecond) * 1_000
        const aheadMs = dueMs - this.clock.monotonic()
        // What a pause of the machine has cost is not made up for.
        if (aheadMs > 1) await sleep(this.clock, aheadMs)
        else dueMs -= aheadMs
      }
    }
    this.finished = true
  }

  private async write(producer: LogProducer, records: readonly FeedRecord[]): Promise<void> {
    const { topic } = this.feed
    records.forEach(({ key, value, timestampMs }, i) =>
      producer.append(topic, null, {
        key: key === null ? null : utf8Encode(key),
        value: utf8Encode(value),
        timestampMs,
        headers: [[numberHeader, utf8Encode(String(this.position + i))]],
      }),
    )
    okOr(await producer.flush(), `writing to ${topic}`)
    okOr(await producer.end('commit'), `writing to ${topic}`)
    this.position += records.length
  }

  /** Beyond the highest number that a committed record has. */
  private async committed(): Promise<number> {
    const { topic } = this.feed
    const count = okOr(await this.log.partitions([topic]), `feeding ${topic}`).get(topic)
    if (count === undefined) throw new MillraceError('LOG_TOPIC_MISSING', `there is no topic ${topic} to feed`)
    let next = 0
    for (let partition = 0; partition < count; partition++) {
      const record = await lastCommitted(this.log, topic, partition)
      if (!record) continue
      const [, number] = record.headers.find(([name]) => name === numberHeader) ?? []
      if (!number)
        throw new MillraceError('LOG_CORRUPT', `topic ${topic} has records of others: feed a topic of its own`)
      next = Math.max(next, Number(utf8Decode(number)) + 1)
    }
    return next
  }
}
