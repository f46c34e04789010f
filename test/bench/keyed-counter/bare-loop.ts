// The raw limit of a drain: the same records through the same Kafka source and sink in transactions, and no actors.
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { consume, ok } from './load.ts'

const { brokers, from, to, count } = JSON.parse(process.env['BENCH_LOOP'] ?? '') as {
  brokers: string
  from: string
  to: string
  count: number
}
const log = await openKafkaLog({ brokers: [brokers] }, systemClock)
const producer = ok(await log.producer(`bare-${to}`, 60_000))
let seen = 0
let pending: Promise<void> = Promise.resolve()
const startedMs = performance.now()
await consume(
  log,
  from,
  (records) => {
    seen += records.length
    pending = pending.then(async () => {
      for (const record of records) producer.append(to, null, record)
      ok(await producer.flush())
      ok(await producer.end('commit'))
    })
  },
  () => seen >= count,
)
await pending
console.log(JSON.stringify({ eventsPerSecond: (seen / (performance.now() - startedMs)) * 1_000 }))
await producer.close()
await log.close()
