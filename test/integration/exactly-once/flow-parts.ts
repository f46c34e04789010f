import { join } from 'node:path'
import { startKafka } from '../../../infra/local/kafka.ts'
import { startMinio } from '../../../infra/local/minio.ts'
import { createTopics } from '../support/create-topics.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { type Producer, startProducer } from '../support/producer.ts'
import { startWorkerd } from '../support/workerd.ts'
import type { Outage } from './reaper.ts'

/** Topics that are written: by the feeder, by the handlers, and by nobody if all is well. */
export const topics = ['events', 'out', 'totals', 'reminders', 'disorder', 'dead']

/** Everything that coordinators stand on, all of it real. */
export interface FlowParts {
  readonly brokers: string
  readonly proxy: FaultyProxy
  readonly producer: Producer
  /** What coordinators are told. */
  readonly env: Readonly<Record<string, string>>
  /** Takes Kafka and the store away, politely and by SIGKILL. */
  readonly outages: readonly Outage[]
  stop(): Promise<void>
}

/** Starts them; fails where one cannot start. */
export const startFlowParts = async (seed: string, faultShare: number): Promise<FlowParts> => {
  const [kafka, minio] = await Promise.all([startKafka({ heapMb: 512 }), startMinio()])
  await minio.createBucket('flow')
  await createTopics(kafka.brokers, topics, 4)
  const workerd = await startWorkerd(join(import.meta.dirname, 'handlers.worker.ts'))
  const proxy = await startFaultyProxy(workerd.url, seed, faultShare)
  const producer = await startProducer(kafka.brokers)
  return {
    brokers: kafka.brokers,
    proxy,
    producer,
    env: {
      FLOW_FUNCTIONS: proxy.url,
      MILLRACE_KAFKA_BROKERS: kafka.brokers,
      MILLRACE_STORAGE_BUCKET: 'flow',
      MILLRACE_STORAGE_ENDPOINT: minio.endpoint,
      MILLRACE_STORAGE_CREDENTIALS_ACCESS_KEY_ID: minio.accessKey,
      MILLRACE_STORAGE_CREDENTIALS_SECRET_ACCESS_KEY: minio.secretKey,
      MILLRACE_COMMIT_TRANSACTION_TIMEOUT: '10s',
    },
    outages: [
      { what: 'Kafka', begin: () => kafka.stop(), end: () => kafka.restart() },
      { what: 'MinIO', begin: () => minio.stop(), end: () => minio.restart() },
      { what: 'Kafka, killed,', begin: () => kafka.kill(), end: () => kafka.restart() },
      { what: 'MinIO, killed,', begin: () => minio.kill(), end: () => minio.restart() },
    ],
    stop: async () => {
      await producer.close()
      await proxy.close()
      await Promise.all([workerd.close(), kafka.stop(), minio.stop()])
    },
  }
}
