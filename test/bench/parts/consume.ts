import { committedRecords } from '../../../runtime/log/read-committed.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { ok } from './ok.ts'

/** Of a topic of the bench, unless its workload is about partitions. */
export const partitionCount = 4

/** Numbers of a topic's partitions. */
export const partitionsOf = async (log: TransactionalLog, topic: string): Promise<number[]> => {
  const count = ok(await log.partitions([topic])).get(topic) ?? 0
  return Array.from({ length: count }, (_, partition) => partition)
}

/** Reads committed records of a topic from its beginning on, until `enough` of what it has read. */
export const consume = async (
  log: TransactionalLog,
  topic: string,
  onRecords: (records: readonly LogRecord[], partition: number) => void,
  enough: () => boolean,
): Promise<void> => {
  const partitions = await partitionsOf(log, topic)
  const positions = partitions.map((partition) => ({ topic, partition, offset: 0 }))
  const bounds = { maxWaitMs: 200, maxBytes: 16 << 20, partitionMaxBytes: 4 << 20 }
  while (!enough()) {
    for (const fetched of ok(await log.fetch(`read-${topic}`, positions, bounds))) {
      const position = positions[fetched.partition]
      if (!position || fetched.status !== 'ok') continue
      const { records, next } = committedRecords(fetched, position.offset)
      position.offset = next
      if (records.length > 0) onRecords(records, fetched.partition)
    }
  }
}

/**
 * The same, while `look` is called again and again, and once more when it is over: reading is not what is measured, and what
 * comes out last may come while it is read. Where `look` fails, reading ends with it.
 */
export const consumeWatched = async (
  log: TransactionalLog,
  topic: string,
  onRecords: (records: readonly LogRecord[], partition: number) => void,
  enough: () => boolean,
  look: () => Promise<unknown>,
): Promise<void> => {
  let reading = true
  const watch = async (): Promise<void> => {
    try {
      while (reading) await look()
    } finally {
      reading = false
    }
  }
  const read = consume(log, topic, onRecords, () => !reading || enough()).finally(() => (reading = false))
  await Promise.all([watch(), read])
  await look()
}
