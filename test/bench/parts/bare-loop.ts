// The raw limit of a drain: the same records through the same Kafka source and sink in transactions, and no actors.
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { LogRecord } from '../../../runtime/model/record.ts'
import { consume } from './consume.ts'
import { ok } from './ok.ts'

const { brokers, from, to, count } = JSON.parse(process.env['BENCH_LOOP'] ?? '') as {
  brokers: string
  from: string
  to: string
  count: number
}
const log = await openKafkaLog({ brokers: [brokers] }, systemClock)
const producer = ok(await log.producer(`bare-${to}`, 60_000))
let seen = 0
let waiting: LogRecord[] = []
let pumping: Promise<void> | undefined
const startedMs = performance.now()

/** One transaction after another, each of all that has been read meanwhile. */
const pump = async (): Promise<void> => {
  while (waiting.length > 0) {
    const records = waiting
    waiting = []
    for (const record of records) producer.append(to, null, record)
    ok(await producer.flush())
    ok(await producer.end('commit'))
  }
  pumping = undefined
}

console.log('ready')
await consume(
  log,
  from,
  (records) => {
    seen += records.length
    waiting = waiting.length === 0 ? [...records] : waiting.concat(records)
    pumping ??= pump()
  },
  () => seen >= count,
)
await pumping
console.log(JSON.stringify({ eventsPerSecond: (seen / (performance.now() - startedMs)) * 1_000 }))
await producer.close()
await log.close()
