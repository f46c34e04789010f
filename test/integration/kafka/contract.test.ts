import { afterAll, beforeAll } from 'vitest'
import { transactionalLogContract } from '../../contract/transactional-log.ts'
import { kafkaUnderTest, openWithFeed, type KafkaUnderTest } from './kafka-under-test.ts'
import { settledLog } from './settled-log.ts'

let kafka: KafkaUnderTest
beforeAll(async () => {
  kafka = await kafkaUnderTest()
})
afterAll(() => kafka?.stop())

transactionalLogContract('Kafka', async () => {
  const opened = await openWithFeed(kafka.brokers)
  return { ...opened, log: settledLog(opened.log) }
})
