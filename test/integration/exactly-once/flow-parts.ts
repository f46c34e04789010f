import { join } from 'node:path'
import { type KafkaOptions, type RunningKafka, startKafka } from '../../../infra/local/kafka.ts'
import { type RunningMinio, startMinio } from '../../../infra/local/minio.ts'
import { createTopics } from '../support/create-topics.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { type Producer, startProducer } from '../support/producer.ts'
import { startWorkerd } from '../support/workerd.ts'

/** Topics that are written: by the feeder, by the handlers, and by nobody if all is well. */
export const topics = ['events', 'out', 'totals', 'reminders', 'notes', 'disorder', 'dead']

/** Everything that coordinators stand on, all of it real. */
export interface FlowParts {
  /** The feeder and the judge reach Kafka here, whatever the coordinators meet. */
  readonly brokers: string
  readonly kafka: RunningKafka
  readonly minio: RunningMinio
  readonly proxy: FaultyProxy
  readonly producer: Producer
  /** What coordinators are told. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export interface FlowPartsOptions {
  readonly seed: string
  /** Of requests to handlers. */
  readonly faultShare: number
  readonly kafka?: KafkaOptions
  /** What coordinators are told besides. */
  readonly env?: Readonly<Record<string, string>>
}

/** Where coordinators find Kafka and the store when something stands in between. */
export interface Detour {
  readonly brokers: string
  readonly endpoint: string
}

/** Starts them; fails where one cannot start. */
export const startFlowParts = async (
  options: FlowPartsOptions,
  detour?: (kafka: RunningKafka, minio: RunningMinio) => Promise<Detour>,
): Promise<FlowParts> => {
  const { seed, faultShare } = options
  const [kafka, minio] = await Promise.all([startKafka({ heapMb: 512, ...options.kafka }), startMinio()])
  await minio.createBucket('flow')
  await createTopics(kafka.brokers, topics, 4)
  const workerd = await startWorkerd(join(import.meta.dirname, 'handlers.worker.ts'))
  const proxy = await startFaultyProxy(workerd.url, seed, faultShare)
  const producer = await startProducer(kafka.brokers)
  const { brokers, endpoint } = (await detour?.(kafka, minio)) ?? { brokers: kafka.brokers, endpoint: minio.endpoint }
  return {
    brokers: kafka.brokers,
    kafka,
    minio,
    proxy,
    producer,
    env: {
      FLOW_FUNCTIONS: proxy.url,
      MILLRACE_KAFKA_BROKERS: brokers,
      MILLRACE_STORAGE_BUCKET: 'flow',
      MILLRACE_STORAGE_ENDPOINT: endpoint,
      MILLRACE_STORAGE_CREDENTIALS_ACCESS_KEY_ID: minio.accessKey,
      MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: minio.secretKey,
      MILLRACE_COMMIT_TRANSACTION_TIMEOUT: '10s',
      ...options.env,
    },
    stop: async () => {
      await producer.close()
      await proxy.close()
      await Promise.all([workerd.close(), kafka.stop(), minio.stop()])
    },
  }
}
