import { mavenClasspath } from './maven-part.ts'
import { versions } from './versions.ts'

export const kafkaMissing =
  'Install a Java 17 runtime and Maven, or set KAFKA_BROKERS to a Kafka that you run yourself.'

/** The class path of Kafka's own jars, fetched from Maven on first use. */
export function kafkaClasspath(): Promise<string> {
  return mavenClasspath({
    name: `kafka-${versions.kafka}`,
    artifacts: [
      `org.apache.kafka:kafka_${versions.kafkaScala}:${versions.kafka}`,
      `org.slf4j:slf4j-simple:${versions.slf4j}`,
    ],
    sha256: 'defd8523665b9074bf5486e51fe91862ce7d7b704147ee109ec8d845548c7da9',
    missing: kafkaMissing,
  })
}
