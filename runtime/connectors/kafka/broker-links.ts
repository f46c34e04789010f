import { KafkaFailure } from './kafka-failure.ts'
import { type KafkaConnection, type KafkajsCluster } from './kafkajs-cluster.ts'
import { nameOf, type BrokerAddress } from './options.ts'

/**
 * One connection to each broker, for one purpose. A broker answers a connection's requests in their order, so readers
 * and producers have links of their own: a fetch that waits for records holds up what is sent behind it.
 */
export class BrokerLinks {
  private readonly kafkajs: KafkajsCluster
  private readonly links = new Map<string, Promise<KafkaConnection>>()
  private readonly opened = new Map<string, KafkaConnection>()
  private closed = false

  constructor(kafkajs: KafkajsCluster) {
    this.kafkajs = kafkajs
  }

  /** The open connection to a broker, else a new one. Rejects as KafkajsCluster.connect. */
  async to(address: BrokerAddress): Promise<KafkaConnection> {
    const name = nameOf(address)
    const known = this.links.get(name)
    if (known !== undefined) {
      const link = await known
      if (link.usable) return link
      if (this.links.get(name) === known) await this.forget(name)
      return this.to(address)
    }
    if (this.closed) throw new KafkaFailure('fatal', 'LOG_UNAVAILABLE', 'the connection to Kafka has been closed')
    const opening = this.kafkajs.connect(address)
    this.links.set(name, opening)
    try {
      const link = await opening
      if (this.links.get(name) === opening) this.opened.set(name, link)
      else await link.close()
      return link
    } catch (error) {
      if (this.links.get(name) === opening) this.links.delete(name)
      throw error
    }
  }

  /** Gives up a connection, with what waits on it. One that is still being opened is closed once it is. */
  async drop(address: BrokerAddress): Promise<void> {
    await this.forget(nameOf(address))
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all([...this.links.keys()].map((name) => this.forget(name)))
  }

  private async forget(name: string): Promise<void> {
    const link = this.opened.get(name)
    this.links.delete(name)
    this.opened.delete(name)
    await link?.close()
  }
}
