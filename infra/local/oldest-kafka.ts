import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Component, startComponent } from './component.ts'
import { kafkaMissing, oldestKafkaClasspath } from './kafka-part.ts'
import { propertiesText, smallBroker } from './kafka-properties.ts'
import { accepts, freePorts } from './ports.ts'
import { tempData } from './temp-data.ts'

/** A Kafka of the oldest release that is supported, with the ZooKeeper that it needs. */
export interface OldestKafka {
  readonly brokers: string
  stop(): Promise<void>
}

const READY_WITHIN_MS = 90_000

/**
 * Starts it on 127.0.0.1 and waits until it accepts clients.
 * @example const kafka = await startOldestKafka(); connect(kafka.brokers); await kafka.stop()
 */
export async function startOldestKafka(properties: Readonly<Record<string, string>> = {}): Promise<OldestKafka> {
  const [port, zooKeeperPort] = await freePorts(2)
  const dir = await tempData('oldest-kafka')
  await mkdir(join(dir, 'zookeeper'))
  const ofZooKeeper = {
    tickTime: '500',
    dataDir: join(dir, 'zookeeper'),
    clientPort: String(zooKeeperPort),
    clientPortAddress: '127.0.0.1',
    'admin.enableServer': 'false',
    maxClientCnxns: '0',
  }
  const ofKafka = {
    'broker.id': '1',
    'zookeeper.connect': `127.0.0.1:${zooKeeperPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': join(dir, 'data'),
    ...smallBroker,
    ...properties,
  }
  const zooKeeper = await startJava(
    dir,
    'ZooKeeper',
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    ofZooKeeper,
    zooKeeperPort!,
  )
  const kafka = await startJava(dir, 'Kafka', 'kafka.Kafka', ofKafka, port!)
  return {
    brokers: `127.0.0.1:${port}`,
    async stop() {
      await kafka.stop()
      await zooKeeper.stop()
    },
  }
}

async function startJava(
  dir: string,
  name: string,
  main: string,
  properties: Readonly<Record<string, string>>,
  port: number,
): Promise<Component> {
  const file = join(dir, `${name}.properties`)
  await writeFile(file, propertiesText(properties))
  return startComponent({
    name,
    command: 'java',
    args: ['-Xmx512m', '-cp', await oldestKafkaClasspath(), main, file],
    logFile: join(dir, `${name}.log`),
    detached: false,
    missing: kafkaMissing,
    ready: () => accepts(port),
    readyWithinMs: READY_WITHIN_MS,
  })
}
