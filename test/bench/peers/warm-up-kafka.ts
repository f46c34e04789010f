import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { topicsOf } from '../parts/bench-parts.ts'
import { partitionCount } from '../parts/consume.ts'
import { bareLoop } from '../parts/drain.ts'
import { ok } from '../parts/ok.ts'
import { produce } from '../parts/produce.ts'
import { row, type Row } from '../row.ts'
import { peerKeys } from './output-check.ts'

/**
 * Kafka's own code is compiled while it runs, which whoever comes first would pay for. So a loop that does nothing but read
 * and write in transactions comes first of all: its figure is what the parts of this machine allow.
 */
export const warmUpKafka = async (log: TransactionalLog, brokers: string, scale: number): Promise<Row> => {
  const name = `drain-10k-bare-${Date.now().toString(36)}`
  const { events } = topicsOf(name)
  for (const topic of [events, `${name}-bare`])
    ok(await log.createTopic({ name: topic, partitions: partitionCount, replicationFactor: 1, compacted: false }))
  const count = Math.ceil(2_000_000 * scale)
  await produce(log, events, count, { keys: peerKeys })
  const s3 = { endpoint: '', accessKey: '', secretKey: '' }
  const perSecond = await bareLoop({ name, brokers, s3, bucket: '', handlerUrl: '' }, count)
  return row('peers', 'drain-10k bare loop', 'throughput', 'events/s', perSecond)
}
