import { committedRecords } from '../../log/read-committed.ts'
import { messageOf } from '../../model/errors.ts'
import type { LogRecord } from '../../model/record.ts'
import type { TransactionalLog } from '../../ports/transactional-log.ts'
import { okOr } from './last-committed.ts'
import type { RecordsPart } from './options.ts'

const bounds = { maxWaitMs: 0, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
/** Records before the end of each partition that are looked at first. */
const backward = 100

/** The last committed records of an egress, as lines. */
export class LatestRecords {
  private readonly part: RecordsPart
  private readonly topic: string
  private readonly log: TransactionalLog
  private positions: Map<number, number> | undefined
  /** The newest last. */
  readonly lines: string[] = []
  /** Of those read since `open`. */
  count = 0

  constructor(part: RecordsPart, topic: string, log: TransactionalLog) {
    this.part = part
    this.topic = topic
    this.log = log
  }

  /** Reads what has come. */
  async read(): Promise<void> {
    const positions = (this.positions ??= await this.first())
    const at = [...positions].map(([partition, offset]) => ({ topic: this.topic, partition, offset }))
    const fetched = okOr(await this.log.fetch(`dev-view-${this.topic}`, at, bounds), `reading ${this.topic}`)
    const found: LogRecord[] = []
    for (const partition of fetched) {
      const { records, next } = committedRecords(partition, positions.get(partition.partition) ?? 0)
      positions.set(partition.partition, next)
      found.push(...records)
    }
    found.sort((a, b) => a.timestampMs - b.timestampMs)
    for (const record of found) this.lines.push(this.lineOf(record))
    this.lines.splice(0, Math.max(0, this.lines.length - this.part.rows))
    this.count += found.length
  }

  private async first(): Promise<Map<number, number>> {
    const what = `reading ${this.topic}`
    const count = okOr(await this.log.partitions([this.topic]), what).get(this.topic) ?? 0
    const partitions = Array.from({ length: count }, (_, partition) => partition)
    const starts = okOr(await this.log.offsets(this.topic, partitions, 'earliest'), what)
    const ends = okOr(await this.log.offsets(this.topic, partitions, 'latest'), what)
    return new Map(partitions.map((p) => [p, Math.max(starts.get(p) ?? 0, (ends.get(p) ?? 0) - backward)]))
  }

  private lineOf({ value }: LogRecord): string {
    if (value === null) return '(deleted)'
    try {
      return this.part.line(this.part.egress.type.decode(value) as never)
    } catch (error) {
      return `(unreadable: ${messageOf(error)})`
    }
  }
}
