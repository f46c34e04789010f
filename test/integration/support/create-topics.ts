import { Kafka, logLevel } from 'kafkajs'

/** Creates topics as an operator would, by another client. */
export const createTopics = async (brokers: string, names: readonly string[], partitions: number): Promise<void> => {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: names.map((topic) => ({ topic, numPartitions: partitions })),
    })
  } finally {
    await admin.disconnect()
  }
}
