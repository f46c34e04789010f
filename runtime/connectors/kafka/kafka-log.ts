import {
  type FetchBounds,
  type FetchedPartition,
  type FetchPosition,
  type LogOutcome,
  type LogProducer,
  type OffsetQuery,
  type TopicSpec,
  type TopicUse,
  type TransactionalLog,
} from '../../ports/transactional-log.ts'
import { commitOffsets } from './commit-offsets.ts'
import { createTopic } from './create-topic.ts'
import { initProducer } from './init-producer.ts'
import { type KafkaCluster } from './kafka-cluster.ts'
import { listOffsets } from './list-offsets.ts'
import { TopicMemory } from './outbox.ts'
import { failureOf, kafkaCodes, ok, outcomeOf, reading } from './outcomes.ts'
import { KafkaProducer } from './sink.ts'
import { KafkaSource } from './source.ts'
import { checkRights } from './topic-rights.ts'

/** Kafka as a transactional log. */
export class KafkaLog implements TransactionalLog {
  private readonly cluster: KafkaCluster
  private readonly sources = new Map<string, KafkaSource>()
  private readonly producers = new Set<KafkaProducer>()
  private readonly memories = new Map<string, TopicMemory>()

  constructor(cluster: KafkaCluster) {
    this.cluster = cluster
  }

  partitions(
    topics: readonly string[],
    uses: readonly TopicUse[] = [],
  ): Promise<LogOutcome<ReadonlyMap<string, number>>> {
    return reading(async () => {
      const counts = new Map<string, number>()
      for (const metadata of await this.cluster.refresh(topics, uses.length > 0)) {
        const { topic, errorCode, leaders } = metadata
        if (errorCode === kafkaCodes.unknownTopic) continue
        checkRights(metadata, uses)
        if (errorCode !== kafkaCodes.none) throw failureOf(errorCode, `to describe topic ${topic}`, topic)
        counts.set(topic, leaders.length)
      }
      return counts
    })
  }

  createTopic(topic: TopicSpec): Promise<LogOutcome<void>> {
    return reading(() => createTopic(this.cluster, topic))
  }

  offsets(
    topic: string,
    partitions: readonly number[],
    at: OffsetQuery,
  ): Promise<LogOutcome<ReadonlyMap<number, number>>> {
    return reading(() => listOffsets(this.cluster, topic, partitions, at))
  }

  fetch(
    reader: string,
    positions: readonly FetchPosition[],
    bounds: FetchBounds,
  ): Promise<LogOutcome<FetchedPartition[]>> {
    let source = this.sources.get(reader)
    if (source === undefined) {
      source = new KafkaSource(this.cluster)
      this.sources.set(reader, source)
    }
    return source.fetch(positions, bounds)
  }

  /** Who may not write by an id is not told of its coordinator either. */
  mayProduce(transactionalId: string): Promise<LogOutcome<void>> {
    return reading(async () => {
      await this.cluster.coordinator('transaction', transactionalId)
    })
  }

  async producer(transactionalId: string, transactionTimeoutMs: number): Promise<LogOutcome<LogProducer>> {
    const links = this.cluster.links()
    try {
      const { who, coordinator } = await initProducer(this.cluster, links, transactionalId, transactionTimeoutMs)
      const producer = new KafkaProducer(
        this.cluster,
        who,
        links,
        coordinator,
        (topic) => this.memoryOf(topic),
        () => this.producers.delete(producer),
      )
      this.producers.add(producer)
      return ok(producer)
    } catch (error) {
      await links.close()
      return outcomeOf(error)
    }
  }

  commitGroupOffsets(group: string, positions: readonly FetchPosition[]): Promise<LogOutcome<void>> {
    return reading(() => commitOffsets(this.cluster, group, positions))
  }

  async close(): Promise<void> {
    await Promise.all([...this.producers].map((producer) => producer.close()))
    await Promise.all([...this.sources.values()].map((source) => source.close()))
    await this.cluster.close()
  }

  private memoryOf(topic: string): TopicMemory {
    let memory = this.memories.get(topic)
    if (memory === undefined) {
      memory = new TopicMemory(this.cluster.settings.batchBytesMax)
      this.memories.set(topic, memory)
    }
    return memory
  }
}
