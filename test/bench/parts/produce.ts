import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders } from '../../../runtime/model/record.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { eventOf, type Load } from './event.ts'
import { ok } from './ok.ts'
import { settleDisks } from './settle-disks.ts'

const recordsAtOnce = 20_000
const bytesAtOnce = 32 << 20

/** Writes `count` events as fast as it goes, and waits until they are on the disk. */
export const produce = async (log: TransactionalLog, topic: string, count: number, load: Load): Promise<void> => {
  const producer = ok(await log.producer(`load-${topic}`, 60_000))
  const atOnce = Math.min(recordsAtOnce, Math.ceil(bytesAtOnce / (load.bytes ?? 100)))
  for (let n = 0; n < count;) {
    for (const end = Math.min(count, n + atOnce); n < end; n++) {
      const event = eventOf(n, load)
      if (!event) continue
      const { key, value } = event
      producer.append(topic, null, { key: utf8Encode(key), value, headers: noHeaders, timestampMs: Date.now() })
    }
    ok(await producer.flush())
    ok(await producer.end('commit'))
  }
  await producer.close()
  await settleDisks()
}
