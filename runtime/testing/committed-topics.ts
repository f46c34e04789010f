import { committedRecords } from '../log/read-committed.ts'
import type { LogRecord } from '../model/record.ts'
import type { TransactionalLog } from '../ports/transactional-log.ts'

const bounds = { maxWaitMs: 0, maxBytes: 1 << 30, partitionMaxBytes: 1 << 30 }

/** All committed records of some topics, as a consumer that reads committed gets them. */
export class CommittedTopics {
  private readonly log: TransactionalLog
  private readonly partitions = new Map<string, { topic: string; partition: number; offset: number }[]>()
  private readonly byTopic = new Map<string, LogRecord[]>()

  constructor(log: TransactionalLog, topics: ReadonlyMap<string, number>) {
    this.log = log
    for (const [topic, count] of topics) {
      this.byTopic.set(topic, [])
      const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition, offset: 0 }))
      this.partitions.set(topic, partitions)
    }
  }

  /** Takes in what has been committed since the last time. */
  async read(): Promise<void> {
    const positions = [...this.partitions.values()].flat()
    const fetched = await this.log.fetch('test', positions, bounds)
    if (fetched.kind !== 'ok') throw fetched.cause
    for (const partition of fetched.value) {
      const position = this.partitions.get(partition.topic)?.[partition.partition]
      if (!position) continue
      const { records, next } = committedRecords(partition, position.offset)
      this.byTopic.get(partition.topic)?.push(...records)
      // Two readings at once may have begun at the same position: the later one finds it moved on and takes nothing twice.
      position.offset = next
    }
  }

  of(topic: string): readonly LogRecord[] {
    return this.byTopic.get(topic) ?? []
  }
}
