import { mavenClasspath } from './maven-part.ts'
import { versions } from './versions.ts'

export const kafkaMissing =
  'Install a Java 17 runtime and Maven, or set KAFKA_BROKERS to a Kafka that you run yourself.'

/** The class path of Kafka's own jars, fetched from Maven on first use. */
export function kafkaClasspath(): Promise<string> {
  return classpath(versions.kafka, 'defd8523665b9074bf5486e51fe91862ce7d7b704147ee109ec8d845548c7da9')
}

/** The same of the oldest Kafka that is supported; ZooKeeper is among them. */
export function oldestKafkaClasspath(): Promise<string> {
  return classpath(versions.kafkaOldest, '6ecd6d9bf1979371a82fcc854d5ff00b965700f7fdec0051fde312cd038a0660')
}

function classpath(version: string, sha256: string): Promise<string> {
  return mavenClasspath({
    name: `kafka-${version}`,
    artifacts: [`org.apache.kafka:kafka_${versions.kafkaScala}:${version}`, `org.slf4j:slf4j-simple:${versions.slf4j}`],
    sha256,
    missing: kafkaMissing,
  })
}
