// Feeds a topic at a steady rate, in a process of its own: see pace.ts.
import { apis } from '../../../runtime/connectors/kafka/apis.ts'
import { crc32c } from '../../../runtime/connectors/kafka/crc32c.ts'
import { ask, KafkaCluster } from '../../../runtime/connectors/kafka/kafka-cluster.ts'
import { resolveKafkaOptions } from '../../../runtime/connectors/kafka/options.ts'
import { Outbox, TopicMemory } from '../../../runtime/connectors/kafka/outbox.ts'
import { decodeProduce, encodeProduce } from '../../../runtime/connectors/kafka/transaction-codec.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders } from '../../../runtime/model/record.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { eventOf, type Load } from './event.ts'
import { pause } from './pause.ts'

const { brokers, topic, rate, total, load } = JSON.parse(process.env['BENCH_PRODUCER'] ?? '') as {
  brokers: string
  topic: string
  rate: number
  total: number
  load: Load
}
const checksumAt = 17
const attributesAt = 21
const cluster = new KafkaCluster(resolveKafkaOptions({ brokers: [brokers] }), systemClock)
await cluster.learn([topic])
const partitions = cluster.known(topic)?.leaders.length
const memory = new TopicMemory(1 << 20)
const outbox = new Outbox(
  () => partitions,
  () => memory,
)

/** Sends what waits, without a transaction: its markers would be a cost of the producer's choice. */
const flush = async (): Promise<void> => {
  const sent = outbox.outgoing().flatMap(({ partition, writer }) =>
    writer.finish({ producerId: -1n, producerEpoch: -1, baseSequence: -1 }).map(async ({ bytes, records }) => {
      bytes.writeInt16BE(0, attributesAt)
      bytes.writeUInt32BE(crc32c(bytes, attributesAt), checksumAt)
      const leader = cluster.leader(topic, partition)
      if (!leader) throw new Error(`${topic}/${partition} has no leader`)
      const link = await cluster.toControl(leader)
      const [answer] = decodeProduce(
        await ask(link, apis.produce, encodeProduce(null, 30_000, [{ topic, partition, bytes, records }])),
      )
      if (answer?.errorCode !== 0) throw new Error(`Kafka refused records with ${answer?.errorCode}`)
    }),
  )
  await Promise.all(sent)
  outbox.sent()
}

const startedMs = performance.now()
for (let n = 0; n < total;) {
  const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * rate))
  for (; n < due; n++) {
    const event = eventOf(n, load)
    if (!event) continue
    const key = utf8Encode(event.key)
    outbox.append(topic, null, { key, value: event.value, headers: noHeaders, timestampMs: Date.now() })
  }
  await flush()
  await pause(2)
}
const seconds = (performance.now() - startedMs) / 1_000
console.log(JSON.stringify({ eventsPerSecond: total / seconds }))
await cluster.close()
