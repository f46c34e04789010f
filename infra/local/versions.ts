/** The exact versions of everything that infra/local fetches: the one place to change them. */
export const versions = {
  /** Apache Kafka, from Maven Central. */
  kafka: '4.1.0',
  /** The oldest that is supported. */
  kafkaOldest: '2.4.1',
  kafkaScala: '2.13',
  /** Kafka's log binding: must match the slf4j-api that Kafka brings. */
  slf4j: '1.7.36',
  /** Apache Flink Stateful Functions' last release, the Flink it was built for, and that Flink's log binding. */
  statefun: '3.3.0',
  flink: '1.16.2',
  reload4j: '1.7.36',
  /** MinIO's community edition is published as source only; this is its newest commit. */
  minio: 'v0.0.0-20260212201848-7aac2a2c5b7c',
  /** The proxy that cuts and delays connections. */
  toxiproxy: 'v2.5.0',
  /** The Python client with librdkafka inside, which judges what a read-committed consumer sees. */
  confluentKafka: '2.16.1',
} as const
