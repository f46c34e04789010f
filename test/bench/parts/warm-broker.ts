import { utf8Encode } from '../../../runtime/model/bytes.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { consume, partitionCount } from './consume.ts'
import { ok } from './ok.ts'

const recordsEach = 10
/** At once: as many as keep the broker busy. */
const loops = 3

/**
 * Small transactions and reads at full speed, for a while. Kafka compiles its own code while it runs: at the hundred
 * transactions a second of a steady rate that takes minutes and a third of a core, and figures would tell of that.
 */
export const warmBroker = async (log: TransactionalLog, scale: number): Promise<void> => {
  const untilMs = performance.now() + 25_000 * Math.min(1, scale)
  await Promise.all(Array.from({ length: loops }, (_, n) => transactions(log, `warm-up-${n}`, untilMs)))
}

const transactions = async (log: TransactionalLog, topic: string, untilMs: number): Promise<void> => {
  ok(await log.createTopic({ name: topic, partitions: partitionCount, replicationFactor: 1, compacted: false }))
  const producer = ok(await log.producer(topic, 60_000))
  let written = 0
  let read = 0
  let ended = false
  const reading = consume(
    log,
    topic,
    (records: readonly LogRecord[]) => void (read += records.length),
    () => ended && read >= written,
  )
  while (performance.now() < untilMs) {
    for (let n = 0; n < recordsEach; n++) {
      const key = utf8Encode(`key-${n}`)
      producer.append(topic, n % partitionCount, { key, value: key, headers: [], timestampMs: Date.now() })
    }
    written += recordsEach
    ok(await producer.flush())
    ok(await producer.end('commit'))
  }
  ended = true
  await reading
  await producer.close()
}
