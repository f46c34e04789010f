import { MillraceError } from '../model/errors.ts'
import type { LogRecord } from '../model/record.ts'
import type { LogOutcome, TransactionalLog } from '../ports/transactional-log.ts'
import { committedRecords } from '../log/read-committed.ts'
import { logValue } from './log-value.ts'

/** A dead letter, and where in the topic it lies. */
export interface PlacedLetter {
  readonly partition: number
  readonly record: LogRecord
}

export interface LettersWanted {
  /** At most so many, the newest. */
  readonly max: number
  readonly matches: (record: LogRecord) => boolean
}

/** Records that one question reads, of all partitions together. */
const readMax = 20_000
const bounds = { maxWaitMs: 100, maxBytes: 4 << 20, partitionMaxBytes: 4 << 20 }
/** Empty answers after which a partition is taken to have no more to give now. */
const patience = 20

/** The application's dead letters, read committed, for people who look at them. One question at a time. */
export class DeadLetters {
  readonly topic: string
  private readonly kafka: TransactionalLog
  private turn: Promise<unknown> = Promise.resolve()

  constructor(kafka: TransactionalLog, topic: string) {
    this.kafka = kafka
    this.topic = topic
  }

  /** The newest that match, newest first; `complete` is false where older ones were not looked at. */
  newest(wanted: LettersWanted): Promise<{ readonly letters: readonly PlacedLetter[]; readonly complete: boolean }> {
    return this.inTurn(async () => {
      const ranges = await this.ranges()
      const each = Math.max(wanted.max, Math.floor(readMax / Math.max(1, ranges.length)))
      const letters: PlacedLetter[] = []
      let complete = true
      for (const { partition, start, end } of ranges) {
        const from = Math.max(start, end - each)
        complete &&= from === start
        await this.read(partition, from, end, (record) => {
          if (wanted.matches(record)) letters.push({ partition, record })
        })
      }
      letters.sort((a, b) => b.record.timestampMs - a.record.timestampMs || b.record.offset - a.record.offset)
      return { letters: letters.slice(0, wanted.max), complete: complete && letters.length <= wanted.max }
    })
  }

  /** The one at an offset. Throws LOG_OFFSET_OUT_OF_RANGE where there is none. */
  at(partition: number, offset: number): Promise<LogRecord> {
    return this.inTurn(async () => {
      const range = (await this.ranges()).find((each) => each.partition === partition)
      let found: LogRecord | undefined
      if (range && offset >= range.start && offset < range.end)
        await this.read(partition, offset, offset + 1, (record) => {
          if (record.offset === offset) found = record
        })
      if (found) return found
      const has = range
        ? `partition ${partition} holds ${range.start} to ${range.end - 1}`
        : 'there is no such partition'
      const message = `topic ${this.topic} has no committed record ${partition}/${offset}: ${has}`
      throw new MillraceError('LOG_OFFSET_OUT_OF_RANGE', message)
    })
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work)
    this.turn = turn.catch(() => undefined)
    return turn
  }

  private async ranges(): Promise<readonly { partition: number; start: number; end: number }[]> {
    const { kafka, topic } = this
    const count = this.value(await kafka.partitions([topic], ['read'])).get(topic) ?? 0
    const partitions = Array.from({ length: count }, (_, partition) => partition)
    const starts = this.value(await kafka.offsets(topic, partitions, 'earliest'))
    const ends = this.value(await kafka.offsets(topic, partitions, 'latest'))
    return partitions.map((partition) => ({
      partition,
      start: starts.get(partition) ?? 0,
      end: ends.get(partition) ?? 0,
    }))
  }

  /** Reads the committed records from `from` to before `end`, as far as they are decided by now. */
  private async read(partition: number, from: number, end: number, on: (record: LogRecord) => void): Promise<void> {
    let empty = 0
    for (let offset = from; offset < end && empty < patience;) {
      const position = { topic: this.topic, partition, offset }
      const [fetched] = this.value(await this.kafka.fetch('dead-letters', [position], bounds))
      if (fetched?.status === 'topic-missing' || fetched?.status === 'out-of-range')
        throw new MillraceError('LOG_UNAVAILABLE', `topic ${this.topic} has changed while it was read: ask again`)
      const next = fetched && committedRecords(fetched, offset)
      empty = next && next.next > offset ? 0 : empty + 1
      for (const record of next?.records ?? []) if (record.offset < end) on(record)
      offset = next?.next ?? offset
    }
  }

  private value<T>(outcome: LogOutcome<T>): T {
    return logValue(outcome, `cannot read topic ${this.topic}`)
  }
}
