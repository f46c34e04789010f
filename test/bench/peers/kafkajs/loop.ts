// A stock loop with kafkajs, in a process of its own: consume a batch, count in memory, write and commit in one transaction.
//
// Its settings are kafkajs' defaults but for two that favour it. Partitions are worked on concurrently, each with a
// transactional producer of its own, since kafkajs has one transaction at a time for each producer. And the counts live in
// memory alone: a crash loses them, so it is exactly once for what it writes to Kafka but not for what it has counted.
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import type { PeerParts } from '../peer.ts'

const parts: PeerParts = JSON.parse(process.env['BENCH_PEER'] ?? '')
const kafka = new Kafka({ clientId: parts.name, brokers: [parts.brokers], logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: parts.name })
const counts = new Map<string, number>()

const producers = new Map<number, Promise<Producer>>()
const open = async (partition: number): Promise<Producer> => {
  const producer = kafka.producer({
    transactionalId: `${parts.name}-${partition}`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return producer
}
const producerOf = (partition: number): Promise<Producer> => {
  const producer = producers.get(partition) ?? open(partition)
  producers.set(partition, producer)
  return producer
}

const counted = (value: Buffer): string => {
  const { key } = JSON.parse(value.toString()) as { key: string }
  const count = (counts.get(key) ?? 0) + 1
  counts.set(key, count)
  return JSON.stringify({ key, count })
}

consumer.on(consumer.events.GROUP_JOIN, () => console.log(`ready ${Date.now()}`))
// kafkajs starts again by itself, which is as it should be until there are counts: they are ahead of what was committed.
consumer.on(consumer.events.CRASH, ({ payload }) => {
  if (payload.restart && counts.size === 0) return
  console.error(payload.error)
  process.exit(1)
})
process.on('SIGTERM', () => {
  void consumer.disconnect().then(() => process.exit(0))
})

await consumer.connect()
await consumer.subscribe({ topic: parts.events, fromBeginning: true })
await consumer.run({
  autoCommit: false,
  partitionsConsumedConcurrently: 4,
  eachBatch: async ({ batch }) => {
    const { topic, partition, messages } = batch
    const transaction = await (await producerOf(partition)).transaction()
    await transaction.send({
      topic: parts.counts,
      acks: -1,
      messages: messages.map(({ key, value, timestamp }) => ({ key, value: value && counted(value), timestamp })),
    })
    const offset = String(BigInt(batch.lastOffset()) + 1n)
    const topics = [{ topic, partitions: [{ partition, offset }] }]
    await transaction.sendOffsets({ consumerGroupId: parts.name, topics })
    await transaction.commit()
  },
})
