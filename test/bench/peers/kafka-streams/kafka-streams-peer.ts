import { join } from 'node:path'
import { mavenClasspath } from '../../../../infra/local/maven-part.ts'
import { versions } from '../../../../infra/local/versions.ts'
import { javaClass, javaMissing } from '../java-class.ts'
import { startPeerProcess } from '../peer-process.ts'
import type { Peer, PeerCase } from '../peer.ts'

/**
 * With exactly_once_v2 Kafka Streams commits every 100 ms by default, and a reader of committed records waits for that. The
 * tuned case commits more often. A drain gains from commits that are further apart: about 15% of its CPU.
 */
const commitIntervalMs: Readonly<Partial<Record<PeerCase, number>>> = {
  'drain-10k': 1_000,
  'latency-1k-tuned': 10,
}

const classpath = (): Promise<string> =>
  mavenClasspath({
    name: `kafka-streams-${versions.kafka}`,
    artifacts: [`org.apache.kafka:kafka-streams:${versions.kafka}`, `org.slf4j:slf4j-simple:${versions.slf4j}`],
    sha256: '059431150441df53a5790af01356ef85307f39a9747376cd74866da5b6ab75f4',
    missing: javaMissing,
  })

/** Kafka Streams: the counts in RocksDB with a changelog topic, exactly once, the function inside its JVM. */
export const kafkaStreamsPeer: Peer = {
  name: 'kafka-streams',
  cases: ['drain-10k', 'latency-1k', 'latency-1k-tuned'],
  drainEvents: 4_000_000,
  egress: 'exactly-once',
  start: async ({ name, brokers, events, counts, dir, case: peerCase }) => {
    const run = await javaClass(new URL('KeyedCounter.java', import.meta.url), await classpath(), dir)
    const args = [brokers, name, events, counts, join(dir, 'state'), String(commitIntervalMs[peerCase] ?? 0)]
    const { component, readyMs, logFile } = await startPeerProcess({
      name: 'kafka-streams',
      command: 'java',
      args: ['-Xmx2g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', ...run, ...args],
      dir,
      ready: /^ready (\d+)/m,
      missing: javaMissing,
    })
    return { openedMs: readyMs, pids: [component.pid], logFile, stop: () => component.stop() }
  },
}
