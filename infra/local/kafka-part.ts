import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachedPart } from './parts-cache.ts'
import { runTool } from './run-tool.ts'
import { versions } from './versions.ts'

const FETCH_WITHIN_MS = 600_000

export const kafkaMissing =
  'Install a Java 17 runtime and Maven, or set KAFKA_BROKERS to a Kafka that you run yourself.'

/** The class path of Kafka's own jars, fetched from Maven on first use. */
export async function kafkaClasspath(): Promise<string> {
  const dir = await cachedPart(`kafka-${versions.kafka}`, fetchKafka)
  return join(dir, 'libs', '*')
}

async function fetchKafka(dir: string): Promise<void> {
  await writeFile(join(dir, 'pom.xml'), pom())
  const goals = ['dependency:copy-dependencies', `-DoutputDirectory=${join(dir, 'libs')}`]
  const args = ['-B', '-q', '-f', join(dir, 'pom.xml'), ...goals]
  await runTool('mvn', args, { cwd: dir, timeoutMs: FETCH_WITHIN_MS, missing: kafkaMissing })
  const jars = await readdir(join(dir, 'libs'))
  if (!jars.some((jar) => jar.startsWith('kafka_'))) throw new Error(`Maven fetched no Kafka: ${jars.join(', ')}`)
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-parts</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', `kafka_${versions.kafkaScala}`, versions.kafka)}
    ${dependency('org.slf4j', 'slf4j-simple', versions.slf4j)}
  </dependencies>
</project>
`
}
