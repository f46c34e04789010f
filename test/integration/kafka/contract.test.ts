import { afterAll, beforeAll, describe } from 'vitest'
import { transactionalLogContract } from '../../contract/transactional-log.ts'
import { kafkaUnderTest, oldestKafkaUnderTest, openWithFeed, type KafkaUnderTest } from './kafka-under-test.ts'
import { settledLog } from './settled-log.ts'

describe.each([
  ['Kafka', kafkaUnderTest],
  ['the oldest Kafka that is supported', oldestKafkaUnderTest],
])('%s', (name, start) => {
  let kafka: KafkaUnderTest
  beforeAll(async () => {
    kafka = await start()
  })
  afterAll(() => kafka?.stop())

  transactionalLogContract(name, async () => {
    const opened = await openWithFeed(kafka.brokers)
    return { ...opened, log: settledLog(opened.log) }
  })
})
