import { type ProducedBatch } from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { type BrokerLinks } from './broker-links.ts'
import { groupBy } from './group-by.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { KafkaFailure, type Verdict } from './kafka-failure.ts'
import { type KafkaConnection } from './kafkajs-cluster.ts'
import { type PartitionOutbox, type TopicMemory } from './outbox.ts'
import { failureOf, kafkaCodes } from './outcomes.ts'
import {
  decodeProduce,
  encodeProduce,
  type OutgoingBatch,
  type PartitionVerdict,
  type ProducerIdentity,
} from './transaction-codec.ts'

// Sends what a transaction has gathered, to all leaders at once. A request carries one batch for a partition at most, so
// a partition with more takes several requests; they follow each other on one connection without waiting, since the
// first failure ends the session whatever becomes of the rest.
const requestBytesMax = 16 << 20

export interface ProduceTask {
  readonly cluster: KafkaCluster
  readonly links: BrokerLinks
  readonly who: ProducerIdentity
  readonly outgoing: readonly PartitionOutbox[]
  /** Called before the first byte of a record is handed to a connection. */
  readonly onSend: () => void
  readonly memoryOf: (topic: string) => TopicMemory
}

type Answer = PartitionVerdict & ProducedBatch

/** Answers where the first record sent to each partition lies. Throws the weightiest KafkaFailure. */
export const produce = async (task: ProduceTask): Promise<ProducedBatch[]> => {
  const shares = await connect(task)
  const requests: { link: KafkaConnection; batches: OutgoingBatch[] }[] = []
  for (const [link, partitions] of shares) {
    for (const batches of requestsFor(task.who, partitions)) requests.push({ link, batches })
  }
  task.onSend()
  const settled = await Promise.allSettled(requests.map(({ link, batches }) => send(task, link, batches)))
  const failures = settled.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []))
  if (failures.length > 0) throw weightiest(failures)
  for (const { outbox, records } of advances(requests, task.outgoing))
    outbox.sequence = (outbox.sequence + records) & 0x7fff_ffff
  return firstOffsets(settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])))
}

/** Connects to every leader before anything is sent: a leader that is away costs no session. */
const connect = async ({ cluster, links, outgoing }: ProduceTask): Promise<Map<KafkaConnection, PartitionOutbox[]>> => {
  const shares = new Map<KafkaConnection, PartitionOutbox[]>()
  for (const outbox of outgoing) {
    const { topic, partition } = outbox
    const leader = cluster.leader(topic, partition)
    if (leader === undefined) {
      cluster.forget(topic)
      throw new KafkaFailure('retriable', 'LOG_UNAVAILABLE', `${topic}/${partition} has no leader`, { topic })
    }
    try {
      const link = await links.to(leader)
      const share = shares.get(link)
      if (share === undefined) shares.set(link, [outbox])
      else share.push(outbox)
    } catch (error) {
      cluster.forget(topic)
      throw error
    }
  }
  return shares
}

/** The first batch of each partition, then the second of each, and so on, cut where a request grows too large. */
const requestsFor = (who: ProducerIdentity, partitions: readonly PartitionOutbox[]): OutgoingBatch[][] => {
  const requests: OutgoingBatch[][] = []
  const sealed = partitions.map(({ topic, partition, writer, sequence }) =>
    writer.finish({ ...who, baseSequence: sequence }).map((batch): OutgoingBatch => ({ topic, partition, ...batch })),
  )
  const rounds = sealed.reduce((most, batches) => Math.max(most, batches.length), 0)
  for (let round = 0; round < rounds; round++) {
    let request: OutgoingBatch[] = []
    let bytes = 0
    for (const batches of sealed) {
      const batch = batches[round]
      if (batch === undefined) continue
      if (request.length > 0 && bytes + batch.bytes.length > requestBytesMax) {
        requests.push(request)
        request = []
        bytes = 0
      }
      request.push(batch)
      bytes += batch.bytes.length
    }
    requests.push(request)
  }
  return requests
}

const send = async (task: ProduceTask, link: KafkaConnection, batches: readonly OutgoingBatch[]): Promise<Answer[]> => {
  const { cluster, who } = task
  const { requestTimeoutMs } = cluster.settings
  const chunks = encodeProduce(who.transactionalId, requestTimeoutMs, batches)
  const verdicts = decodeProduce(await ask(link, apis.produce, chunks))
  const failures = verdicts
    .filter(({ errorCode }) => errorCode !== kafkaCodes.none)
    .map((verdict) => judge(task, verdict, batches))
  if (failures.length > 0) throw weightiest(failures)
  return verdicts
}

const judge = (task: ProduceTask, verdict: PartitionVerdict, batches: readonly OutgoingBatch[]): KafkaFailure => {
  const { topic, partition, errorCode, detail } = verdict
  task.cluster.forget(topic)
  const failure = failureOf(errorCode, `records for ${topic}/${partition}`, topic, detail)
  const tooLarge = errorCode === kafkaCodes.messageTooLarge || errorCode === kafkaCodes.recordListTooLarge
  const batch = batches.find((batch) => batch.topic === topic && batch.partition === partition)
  if (!tooLarge || batch === undefined || batch.records === 1) return failure
  // The batch is too large, which says nothing of its records: the next session writes smaller ones, in the end of one
  // record each, and only such a one is refused for good.
  const memory = task.memoryOf(topic)
  memory.batchBytesMax = Math.min(memory.batchBytesMax, batch.bytes.length >>> 1)
  return new KafkaFailure('ambiguous', failure.code, failure.message, { topic, cause: failure })
}

const weights: Readonly<Record<Verdict, number>> = { fenced: 4, rejected: 3, fatal: 2, ambiguous: 1, retriable: 0 }

/** The failure that says most: what comes after a refused batch is out of order, which says nothing. */
const weightiest = (failures: readonly unknown[]): unknown =>
  failures.reduce((worst, failure) => {
    if (!(worst instanceof KafkaFailure)) return worst
    if (!(failure instanceof KafkaFailure)) return failure
    return weights[failure.verdict] > weights[worst.verdict] ? failure : worst
  })

const advances = (
  requests: readonly { readonly batches: readonly OutgoingBatch[] }[],
  outgoing: readonly PartitionOutbox[],
) => {
  const key = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => `${topic}/${partition}`
  const records = new Map<string, number>()
  for (const { batches } of requests)
    for (const batch of batches) records.set(key(batch), (records.get(key(batch)) ?? 0) + batch.records)
  return outgoing.map((outbox) => ({ outbox, records: records.get(key(outbox)) ?? 0 }))
}

const firstOffsets = (answers: readonly Answer[]): ProducedBatch[] =>
  [...groupBy(answers, ({ topic, partition }) => `${topic}/${partition}`).values()].map((batches) => {
    const { topic, partition } = batches[0]!
    return { topic, partition, firstOffset: Math.min(...batches.map(({ firstOffset }) => firstOffset)) }
  })
