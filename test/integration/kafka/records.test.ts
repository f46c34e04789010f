import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pythonWithKafka } from '../../../infra/local/python.ts'
import { readCommitted } from '../../../infra/local/read-committed.ts'
import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { LogHarness, record, valueOf, type OpenLog } from '../../contract/log-harness.ts'
import { kafkaUnderTest, openWithFeed, otherClient, type KafkaUnderTest } from './kafka-under-test.ts'

let kafka: KafkaUnderTest
let opened: OpenLog
let harness: LogHarness
beforeAll(async () => {
  kafka = await kafkaUnderTest()
  opened = await openWithFeed(kafka.brokers)
  harness = new LogHarness(opened)
})
afterAll(async () => {
  await opened?.dispose()
  await kafka?.stop()
})

const now = (value: string) => record(value, null, Date.now())

/** What our reader of committed records shows. */
const ours = async (topic: string): Promise<string[]> => {
  const values: string[] = []
  for (let position = 0; ;) {
    const fetched = await harness.fetchOne(topic, position)
    const { records, next } = committedRecords(fetched, position)
    values.push(...records.map(({ value }) => Buffer.from(value!).toString()))
    position = next
    if (position >= fetched.lastStableOffset) return values
  }
}
/** What librdkafka shows. */
const theirs = async (topic: string) => (await readCommitted(kafka.brokers, topic)).map(({ value }) => value)

test('rule 15: overlapping aborts and a key of four zero bytes: we and librdkafka read the same', async () => {
  const topic = await harness.topic()
  const [a, b] = [await harness.producer(), await harness.producer()]
  const write = async (producer: typeof a, value: string) => {
    producer.append(topic, 0, { ...now(value), key: new Uint8Array(4) })
    valueOf(await producer.flush())
  }
  await write(a, 'a aborted')
  await write(b, 'b aborted')
  valueOf(await b.end('abort'))
  valueOf(await a.end('abort'))
  await harness.feed(topic, 0, [now('plain')])
  await write(b, 'b committed')
  await write(a, 'a aborted again')
  valueOf(await a.end('abort'))
  valueOf(await b.end('commit'))
  const visible = async () => (await harness.fetchOne(topic, 0)).lastStableOffset
  while ((await visible()) < 9) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await theirs(topic)).toEqual(['plain', 'b committed'])
  expect(await ours(topic)).toEqual(['plain', 'b committed'])
  await a.close()
  await b.close()
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'])('batches that the broker stores as %s are read', async (codec) => {
  const topic = harness.name(codec)
  const admin = otherClient(kafka.brokers).admin()
  await admin.connect()
  const configEntries = [{ name: 'compression.type', value: codec }]
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] })
  await admin.disconnect()
  // Creating it once more waits until it is led.
  valueOf(await opened.log.createTopic({ name: topic, partitions: 1, replicationFactor: undefined, compacted: false }))
  const values = Array.from({ length: 2_000 }, (_, i) => `value ${i} ${'again and '.repeat(i % 50)}`)
  await harness.feed(topic, 0, values.map(now))
  expect(await ours(topic)).toEqual(values)
})

const produceByLibrdkafka = `
import sys
from confluent_kafka import Producer
brokers, topic, codec = sys.argv[1:]
producer = Producer({'bootstrap.servers': brokers, 'compression.type': codec, 'linger.ms': 100})
for i in range(2000):
    producer.produce(topic, value='value %d %s' % (i, 'again and ' * (i % 50)), partition=0)
producer.flush()
`

test.each(['gzip', 'snappy', 'lz4', 'zstd'])('batches that librdkafka sends as %s are read', async (codec) => {
  const topic = await harness.topic()
  const child = spawn(await pythonWithKafka(), ['-c', produceByLibrdkafka, kafka.brokers, topic, codec])
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
  expect(await ours(topic)).toEqual(
    Array.from({ length: 2_000 }, (_, i) => `value ${i} ${'again and '.repeat(i % 50)}`),
  )
})

const narrowTopic = async (bytesMax: number): Promise<string> => {
  const topic = harness.name('narrow')
  const admin = otherClient(kafka.brokers).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: `${bytesMax}` }]
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] })
  await admin.disconnect()
  valueOf(await opened.log.createTopic({ name: topic, partitions: 1, replicationFactor: undefined, compacted: false }))
  return topic
}

test('rule 17: a record larger than its topic takes is rejected, with the topic and what to do', async () => {
  const topic = await narrowTopic(2_000)
  const producer = await harness.producer()
  producer.append(topic, 0, now('x'.repeat(3_000)))
  const outcome = await producer.flush()
  expect(outcome).toMatchObject({ kind: 'rejected', topic })
  if (outcome.kind === 'rejected') expect(outcome.cause.message).toMatch(/MESSAGE_TOO_LARGE.*max\.message\.bytes/)
})

test('a topic that takes only small batches gets them after a few sessions: no record is rejected for its company', async () => {
  const topic = await narrowTopic(2_000)
  const id = harness.name('narrow')
  const kinds: string[] = []
  for (let tries = 0; tries < 20; tries++) {
    const producer = await harness.producer(id)
    for (let i = 0; i < 500; i++) producer.append(topic, 0, now(`${i} ${'x'.repeat(100)}`))
    const { kind } = await producer.flush()
    kinds.push(kind)
    if (kind === 'ok') {
      valueOf(await producer.end('commit'))
      await producer.close()
      break
    }
    await producer.close()
  }
  expect(kinds.at(-1)).toBe('ok')
  expect(new Set(kinds.slice(0, -1))).toEqual(new Set(['ambiguous']))
  expect(await theirs(topic)).toHaveLength(500)
})

test('a topic that is deleted under a session is rejected once it stays missing', async () => {
  const topic = await harness.topic()
  const producer = await harness.producer()
  await harness.write(producer, topic, 0, 'x')
  valueOf(await producer.end('commit'))
  const admin = otherClient(kafka.brokers).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  await admin.disconnect()
  producer.append(topic, 0, now('y'))
  const kinds: string[] = []
  for (let tries = 0; tries < 5 && kinds.at(-1) !== 'rejected'; tries++) kinds.push((await producer.flush()).kind)
  expect(kinds.at(-1)).toBe('rejected')
  expect(kinds.slice(0, -1).every((kind) => kind === 'retriable')).toBe(true)
})

test('records that were to come, and whose topic is deleted meanwhile, hold up no others', async () => {
  const [kept, gone] = [await harness.topic(), await harness.topic()]
  const producer = await harness.producer()
  for (const topic of [kept, gone]) producer.append(topic, 0, now('x'))
  valueOf(await producer.flush())
  valueOf(await producer.end('commit'))
  const admin = otherClient(kafka.brokers).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [gone] })
  await admin.disconnect()
  producer.prepare([kept, gone].map((topic) => ({ topic, partition: 0, key: null })))
  producer.append(kept, 0, now('y'))
  valueOf(await producer.flush())
  valueOf(await producer.end('commit'))
  await producer.close()
  expect(await theirs(kept)).toEqual(['x', 'y'])
})

test('a group that has members keeps its offsets from us', async () => {
  const topic = await harness.topic()
  const group = harness.name('group')
  const consumer = otherClient(kafka.brokers).consumer({ groupId: group })
  await consumer.connect()
  await consumer.subscribe({ topic })
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({ eachMessage: async () => {} })
  await joined
  const outcome = await opened.log.commitGroupOffsets(group, [{ topic, partition: 0, offset: 0 }])
  expect(outcome.kind).toBe('fatal')
  await consumer.disconnect()
})
