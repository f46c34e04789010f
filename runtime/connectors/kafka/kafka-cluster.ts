import { type Clock } from '../../ports/clock.ts'
import { apis } from './apis.ts'
import { BrokerLinks } from './broker-links.ts'
import { decodeMetadata, encodeMetadataRequest, type TopicMetadata } from './cluster-metadata.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { KafkajsCluster, type ApiCall, type KafkaConnection } from './kafkajs-cluster.ts'
import { nameOf, type BrokerAddress, type KafkaSettings } from './options.ts'
import { failureOf, kafkaCodes } from './outcomes.ts'
import { RequestWriter } from './request-writer.ts'
import { ResponseReader } from './response-reader.ts'

const metadataAgeMsMax = 300_000

/** A request's body, written, and the answer's, read. */
export const ask = async (
  link: KafkaConnection,
  api: ApiCall,
  body: RequestWriter | readonly Uint8Array[],
  timeoutMs?: number,
): Promise<ResponseReader> =>
  new ResponseReader(await link.request(api, body instanceof RequestWriter ? [body.finish()] : body, timeoutMs))

/** The cluster as a client knows it: its brokers, the topics' leaders, coordinators; and connections for asking. */
export class KafkaCluster {
  readonly settings: KafkaSettings
  readonly clock: Clock
  private readonly kafkajs: KafkajsCluster
  private readonly control: BrokerLinks
  private nodes: ReadonlyMap<number, BrokerAddress> = new Map()
  private controller = -1
  private readonly topics = new Map<string, TopicMetadata>()
  private refreshedAtMs = 0
  private refreshing: Promise<void> | undefined

  constructor(settings: KafkaSettings, clock: Clock) {
    this.settings = settings
    this.clock = clock
    this.kafkajs = new KafkajsCluster(settings, clock)
    this.control = this.links()
  }

  /** Connections for one purpose; whoever asks for them closes them. */
  links(): BrokerLinks {
    return new BrokerLinks(this.kafkajs)
  }

  close(): Promise<void> {
    return this.control.close()
  }

  /** A connection to any broker: the cluster's own first, then those of the settings. */
  async anyBroker(): Promise<KafkaConnection> {
    const failures: KafkaFailure[] = []
    for (const address of [...this.nodes.values(), ...this.settings.brokers]) {
      try {
        return await this.control.to(address)
      } catch (error) {
        if (!(error instanceof KafkaFailure)) throw error
        failures.push(error)
      }
    }
    const told = [...new Set(failures.map((failure) => failure.message))].join('; ')
    const worst = failures.find((failure) => failure.verdict === 'fatal') ?? failures[0]!
    const names = this.settings.brokers.map(nameOf).join(', ')
    throw new KafkaFailure(worst.verdict, worst.code, `no Kafka broker of ${names} can be used: ${told}`, {
      cause: worst,
    })
  }

  /** Asks the brokers anew where these topics lie. A topic that is missing is noted as such. */
  async refresh(topics: readonly string[], withOperations = false): Promise<readonly TopicMetadata[]> {
    const link = await this.anyBroker()
    const answer = await ask(link, apis.metadata, [encodeMetadataRequest(topics, withOperations)])
    const metadata = decodeMetadata(answer)
    if (metadata.nodes.size > 0) this.nodes = metadata.nodes
    this.controller = metadata.controller
    for (const topic of metadata.topics) this.topics.set(topic.topic, topic)
    return metadata.topics
  }

  /** What is known of a topic without asking; undefined before it was asked for and after `forget`. */
  known(topic: string): TopicMetadata | undefined {
    return this.topics.get(topic)
  }

  /** Leaders have moved or a topic is gone: the next who needs it asks anew. */
  forget(topic: string): void {
    this.topics.delete(topic)
  }

  /** Asks for those of these topics that are not known, and for all where the answer is old. */
  async learn(topics: readonly string[]): Promise<void> {
    const old = this.clock.monotonic() - this.refreshedAtMs > metadataAgeMsMax
    const unknown = old ? [...new Set([...this.topics.keys(), ...topics])] : topics.filter((t) => !this.topics.has(t))
    if (unknown.length === 0) return
    // Readers and producers that wake together ask once, one after the other.
    while (this.refreshing !== undefined) await this.refreshing.catch(() => {})
    const asked = this.refresh(unknown).then(() => {
      if (old) this.refreshedAtMs = this.clock.monotonic()
    })
    this.refreshing = asked
    try {
      await asked
    } finally {
      this.refreshing = undefined
    }
  }

  /** The broker that leads a partition; undefined while there is none or the topic is not known. */
  leader(topic: string, partition: number): BrokerAddress | undefined {
    const node = this.topics.get(topic)?.leaders[partition]
    return node === undefined ? undefined : this.nodes.get(node)
  }

  /** The connection to the controller, which creates topics. */
  async controllerBroker(): Promise<KafkaConnection> {
    await this.refresh([])
    const address = this.nodes.get(this.controller)
    return address === undefined ? this.anyBroker() : this.control.to(address)
  }

  toControl(address: BrokerAddress): Promise<KafkaConnection> {
    return this.control.to(address)
  }

  /** The broker that coordinates a group or a transactional id. */
  async coordinator(kind: 'group' | 'transaction', key: string): Promise<BrokerAddress> {
    const link = await this.anyBroker()
    const body = new RequestWriter().text(key).i8(kind === 'group' ? 0 : 1)
    const answer = await ask(link, apis.findCoordinator, body)
    answer.skip(4)
    const code = answer.i16()
    const detail = answer.maybeText()
    const what = `the coordinator of ${kind} "${key}"`
    if (code !== kafkaCodes.none) throw failureOf(code, what, undefined, detail)
    answer.skip(4)
    return { host: answer.text(), port: answer.i32() }
  }
}
