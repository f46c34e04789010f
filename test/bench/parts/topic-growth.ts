import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { partitionsOf } from './consume.ts'
import { ok } from './ok.ts'

interface Look {
  readonly atMs: number
  /** Records that the topic had, those that end transactions too. */
  readonly records: number
  /** The next offset of each partition. */
  readonly ends: ReadonlyMap<number, number>
}

/**
 * When a topic had how much, as looked at now and then: so that what comes out can be timed without being read, which takes
 * as long as a tenth of what is measured.
 */
export class TopicGrowth {
  private readonly log: TransactionalLog
  private readonly topic: string
  private readonly nowMs: () => number
  private readonly looks: Look[] = []

  constructor(log: TransactionalLog, topic: string, nowMs: () => number = () => performance.now()) {
    this.log = log
    this.topic = topic
    this.nowMs = nowMs
  }

  /** Asks for the topic's ends; tells how many records there are. */
  async look(): Promise<number> {
    const ends = ok(await this.log.offsets(this.topic, await partitionsOf(this.log, this.topic), 'latest'))
    const records = [...ends.values()].reduce((sum, end) => sum + end, 0)
    if (records !== this.looks.at(-1)?.records) this.looks.push({ atMs: this.nowMs(), records, ends })
    return records
  }

  /** The first look that found so many records in all. */
  withRecords(count: number): Pick<Look, 'atMs' | 'records'> {
    return this.found(({ records }) => records >= count, `${count} records`)
  }

  /** The last look that found more than the one before. */
  get latest(): Pick<Look, 'atMs' | 'records'> {
    return this.found((look) => look === this.looks.at(-1), 'anything')
  }

  /**
   * When a record at `offset` was first seen with something behind it: with what ends its transaction, where it is the last
   * one of that.
   */
  endedAtMs(partition: number, offset: number): number {
    const what = `an end beyond offset ${offset} of partition ${partition}`
    return this.found(({ ends }) => (ends.get(partition) ?? 0) > offset + 1, what).atMs
  }

  private found(which: (look: Look) => boolean, what: string): Look {
    const look = this.looks.find(which)
    if (!look) throw new Error(`no look at ${this.topic} found ${what}`)
    return look
  }
}
