import { sleep } from '../../ports/clock.ts'
import {
  type LogOutcome,
  type LogProducer,
  type ProducedBatch,
  type ProducedRecord,
  type UpcomingRecord,
} from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { type BrokerLinks } from './broker-links.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { MarkerWait } from './marker-wait.ts'
import { type BrokerAddress } from './options.ts'
import { Outbox, type PartitionOutbox, type TopicMemory } from './outbox.ts'
import { failureOf, kafkaCodes, ok, outcomeOf, type LogFailure } from './outcomes.ts'
import { produce } from './produce.ts'
import {
  decodeAddPartitions,
  decodeEndTxn,
  encodeAddPartitions,
  encodeEndTxn,
  type PartitionVerdict,
  type ProducerIdentity,
} from './transaction-codec.ts'

// One session of a transactional producer, by the flow of KIP-98: AddPartitionsToTxn, Produce, EndTxn. Any error ends it
// (protocol rule 11); asked again are only requests that came before the transaction's first record was sent.
const concurrentPauseMsMax = 5
const retryPauseMs = 50
/** So many of the records that are about to come are looked at, to add the partitions that they will go to. */
const upcomingMax = 128
const missingTopicPausesMs = [50, 100, 200, 400, 800]

export class KafkaProducer implements LogProducer {
  private readonly cluster: KafkaCluster
  private readonly who: ProducerIdentity
  private readonly links: BrokerLinks
  private coordinator: BrokerAddress | undefined
  private readonly memoryOf: (topic: string) => TopicMemory
  /** Called once the session is over. */
  private readonly onEnd: () => void
  private readonly outbox: Outbox
  /** Partitions that the coordinator counts to the open transaction. */
  private readonly added = new Set<PartitionOutbox>()
  /** Those that the last transaction wrote to. One of many records will most likely write to them as well. */
  private lastWritten: readonly PartitionOutbox[] = []
  private readonly markers = new MarkerWait()
  /** They are being added ahead of the records. */
  private preparing: Promise<void> | undefined
  /** From the first flush of a transaction on, until it has ended. */
  private flushing = false
  /** Whether a record of the open transaction may have reached a broker. */
  private sent = false
  private dead: LogFailure | undefined

  constructor(
    cluster: KafkaCluster,
    who: ProducerIdentity,
    links: BrokerLinks,
    coordinator: BrokerAddress,
    memoryOf: (topic: string) => TopicMemory,
    onEnd: () => void,
  ) {
    this.onEnd = onEnd
    this.cluster = cluster
    this.who = who
    this.links = links
    this.coordinator = coordinator
    this.memoryOf = memoryOf
    this.outbox = new Outbox((topic) => countOf(cluster, topic), memoryOf)
  }

  append(topic: string, partition: number | null, record: ProducedRecord): void {
    if (this.dead === undefined) this.outbox.append(topic, partition, record)
  }

  /**
   * Adds the partitions of what is about to come, a round trip that then need not be waited for. Each that is missing costs
   * that round trip all the same; where no record follows, the end of the transaction writes a marker for nothing.
   */
  prepare(upcoming: Iterable<UpcomingRecord>): void {
    if (this.dead !== undefined || this.preparing !== undefined || this.flushing) return
    const { places, more } = this.outbox.placesOf(upcoming, upcomingMax)
    if (more) for (const partition of this.lastWritten) places.add(partition)
    if (places.size === 0) return
    this.preparing = this.addPartitions([...places])
    // The next flush waits for it and tells.
    this.preparing.catch(() => undefined)
  }

  async flush(): Promise<LogOutcome<readonly ProducedBatch[]>> {
    if (this.dead !== undefined) return this.dead
    if (this.outbox.empty) return ok([])
    this.flushing = true
    try {
      await this.prepared()
      await this.settle()
      const outgoing = this.outbox.outgoing()
      await this.addPartitions(outgoing.filter((partition) => !this.added.has(partition)))
      const { who, links, cluster } = this
      const onSend = () => {
        this.sent = true
      }
      const written = await produce({ cluster, links, who, outgoing, onSend, memoryOf: this.memoryOf })
      this.outbox.sent()
      this.lastWritten = outgoing
      return ok(written)
    } catch (error) {
      return this.failed(error)
    }
  }

  async end(decision: 'commit' | 'abort'): Promise<LogOutcome<void>> {
    if (this.dead !== undefined) return this.dead
    if (this.added.size === 0) return ok(undefined)
    // Past this line the transaction may be decided: no failure of the request can be taken back.
    this.sent = true
    try {
      const answer = await ask(await this.coordinatorLink(), apis.endTxn, encodeEndTxn(this.who, decision))
      const code = decodeEndTxn(answer)
      if (code !== kafkaCodes.none) throw failureOf(code, `to ${decision} a transaction of ${this.who.transactionalId}`)
    } catch (error) {
      return this.failed(error)
    }
    this.markers.ended(this.cluster.clock.monotonic())
    this.added.clear()
    this.sent = false
    this.flushing = false
    return ok(undefined)
  }

  /** Where nothing was added, the flush asks for what it has, and tells of that: what was refused may be for other records. */
  private async prepared(): Promise<void> {
    const { preparing } = this
    this.preparing = undefined
    try {
      await preparing
    } catch (error) {
      const { kind } = outcomeOf(error)
      if (kind !== 'rejected' && kind !== 'retriable') throw error
    }
  }

  async close(): Promise<void> {
    this.dead ??= { kind: 'fatal', cause: new KafkaFailure('fatal', 'LOG_UNAVAILABLE', 'the producer has been closed') }
    this.onEnd()
    await this.links.close()
  }

  /** After a failure the buffers may still be on their way, so they are never used again. */
  private async failed(error: unknown): Promise<LogFailure> {
    const outcome = outcomeOf(error)
    if (outcome.kind === 'retriable' && !this.sent) {
      await sleep(this.cluster.clock, retryPauseMs)
      return outcome
    }
    this.dead = outcome.kind === 'retriable' ? { kind: 'ambiguous', cause: outcome.cause } : outcome
    this.onEnd()
    await this.links.close()
    return this.dead
  }

  /** Learns the partition counts that records wait for. A topic that stays missing is no place to write to. */
  private async settle(): Promise<void> {
    const { cluster, outbox } = this
    await cluster.learn([])
    for (const pauseMs of [...missingTopicPausesMs, undefined]) {
      const topics = new Set(outbox.unsettledTopics)
      for (const { topic } of outbox.outgoing()) if (countOf(cluster, topic) === undefined) topics.add(topic)
      if (topics.size === 0) return
      const found = await cluster.refresh([...topics])
      const broken = found.find(({ topic, errorCode }) => errorCode !== kafkaCodes.none && topics.has(topic))
      const missing = outbox.settle() ?? broken
      if (missing === undefined) return
      const code = (broken?.topic === missing.topic && broken.errorCode) || kafkaCodes.unknownTopic
      const failure = failureOf(code, `records for ${placeOf(missing)}`, missing.topic)
      if (failure.verdict !== 'retriable') throw failure
      if (pauseMs === undefined) throw persisting(failure)
      await sleep(cluster.clock, pauseMs)
    }
  }

  private async addPartitions(partitions: readonly PartitionOutbox[]): Promise<void> {
    if (partitions.length === 0) return
    const { clock, settings } = this.cluster
    const giveUpAtMs = clock.monotonic() + settings.requestTimeoutMs
    let pauseMs = this.markers.waitMs(clock.monotonic())
    for (let tries = 0; ; tries++) {
      if (pauseMs > 0) await sleep(clock, pauseMs)
      const link = await this.coordinatorLink()
      const answer = await ask(link, apis.addPartitionsToTxn, encodeAddPartitions(this.who, partitions))
      const refused = decodeAddPartitions(answer).filter(({ errorCode }) => errorCode !== kafkaCodes.none)
      // The markers of the transaction before are still being written.
      const early =
        refused.length > 0 && refused.every(({ errorCode }) => errorCode === kafkaCodes.concurrentTransactions)
      if (tries === 0) this.markers.answered(early)
      if (refused.length === 0) break
      if (!early || this.added.size > 0 || clock.monotonic() > giveUpAtMs) throw this.refusal(refused)
      pauseMs = Math.min(tries + 1, concurrentPauseMsMax)
    }
    for (const partition of partitions) this.added.add(partition)
  }

  /** All partitions are refused together; one says why, the others that they were not tried. */
  private refusal(refused: readonly PartitionVerdict[]): KafkaFailure {
    const { topic, errorCode } =
      refused.find(({ errorCode }) => errorCode !== kafkaCodes.operationNotAttempted) ?? refused[0]!
    for (const { topic } of refused) this.cluster.forget(topic)
    this.coordinator = undefined
    return failureOf(errorCode, `${topic} in a transaction of ${this.who.transactionalId}`, topic)
  }

  private async coordinatorLink() {
    this.coordinator ??= await this.cluster.coordinator('transaction', this.who.transactionalId)
    try {
      return await this.links.to(this.coordinator)
    } catch (error) {
      this.coordinator = undefined
      throw error
    }
  }
}

const countOf = (cluster: KafkaCluster, topic: string): number | undefined => {
  const known = cluster.known(topic)
  return known?.errorCode === kafkaCodes.none ? known.leaders.length : undefined
}

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition?: number | null }): string =>
  partition == null ? topic : `${topic}/${partition}`

const persisting = (failure: KafkaFailure): KafkaFailure =>
  new KafkaFailure('rejected', failure.code, failure.message, { topic: failure.topic ?? '', cause: failure })
