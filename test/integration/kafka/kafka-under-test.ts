import { Kafka, logLevel } from 'kafkajs'
import { startKafka } from '../../../infra/local/kafka.ts'
import { startOldestKafka } from '../../../infra/local/oldest-kafka.ts'
import { openKafkaLog } from '../../../runtime/connectors/kafka/open-kafka-log.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { type TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { type OpenLog } from '../../contract/log-harness.ts'
import { PlainProducer } from './plain-producer.ts'

export interface KafkaUnderTest {
  readonly brokers: string
  stop(): Promise<void>
}

/**
 * Tests write records of long ago. By their times Kafka would begin a segment at each commit, which a fetch never reads
 * beyond, and delete them.
 */
const oldRecordsStay = { 'log.roll.hours': '1000000', 'log.retention.ms': '-1' }

/** The Kafka that KAFKA_BROKERS names (it needs the same properties), else one started for the test. */
export const kafkaUnderTest = async (): Promise<KafkaUnderTest> => {
  const given = process.env['KAFKA_BROKERS']
  if (given !== undefined) return { brokers: given, stop: async () => {} }
  return startKafka({ heapMb: 512, properties: oldRecordsStay })
}

export const oldestKafkaUnderTest = (): Promise<KafkaUnderTest> => startOldestKafka(oldRecordsStay)

export const openLog = (brokers: string, more: { requestTimeoutMs?: number } = {}): Promise<TransactionalLog> =>
  openKafkaLog({ brokers: [brokers], ...more }, systemClock)

/** kafkajs, as another client of the same Kafka. */
export const otherClient = (brokers: string): Kafka => new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING })

/** The log with plain writes beside it. */
export const openWithFeed = async (brokers: string): Promise<OpenLog> => {
  const log = await openLog(brokers)
  const plain = new PlainProducer(brokers)
  return {
    log,
    feed: (topic, partition, records) => plain.write(topic, partition, records),
    async dispose() {
      await plain.close()
      await log.close()
    },
  }
}
