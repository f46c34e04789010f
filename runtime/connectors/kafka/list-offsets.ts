import { type OffsetQuery } from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { type BrokerAddress } from './options.ts'
import { failureOf } from './outcomes.ts'
import { RequestWriter } from './request-writer.ts'

// ListOffsets is asked without isolation: the end is where the next record will lie. The end for committed readers is
// held back by others' open transactions (protocol rule 13).
const readUncommitted = 0
const latest = -1
const earliest = -2

const timestampOf = (at: OffsetQuery): number =>
  at === 'latest' ? latest : at === 'earliest' ? earliest : at.timestampMs

/** Throws a KafkaFailure. */
export const listOffsets = async (
  cluster: KafkaCluster,
  topic: string,
  partitions: readonly number[],
  at: OffsetQuery,
): Promise<Map<number, number>> => {
  await cluster.learn([topic])
  const offsets = new Map<number, number>()
  const byLeader = new Map<string, { address: BrokerAddress; partitions: number[] }>()
  for (const partition of partitions) {
    const address = leaderOf(cluster, topic, partition)
    const key = `${address.host} ${address.port}`
    const share = byLeader.get(key) ?? { address, partitions: [] }
    share.partitions.push(partition)
    byLeader.set(key, share)
  }
  try {
    for (const { address, partitions } of byLeader.values())
      await askLeader(cluster, address, topic, partitions, at, offsets)
  } catch (error) {
    cluster.forget(topic)
    throw error
  }
  const beyond = partitions.filter((partition) => offsets.get(partition) === -1)
  if (beyond.length === 0 || at === 'latest') return offsets
  // No record is as late as the time asked for: reading begins with the next one written.
  for (const [partition, end] of await listOffsets(cluster, topic, beyond, 'latest')) offsets.set(partition, end)
  return offsets
}

const leaderOf = (cluster: KafkaCluster, topic: string, partition: number): BrokerAddress => {
  const known = cluster.known(topic)
  const what = `offsets of ${topic}/${partition}`
  if (known !== undefined && known.errorCode !== 0) {
    cluster.forget(topic)
    throw failureOf(known.errorCode, what, topic)
  }
  if (known !== undefined && partition >= known.leaders.length) {
    cluster.forget(topic)
    const message = `${topic} has ${known.leaders.length} partitions, there is no partition ${partition}`
    throw new KafkaFailure('fatal', 'LOG_TOPIC_MISSING', message, { topic })
  }
  const address = cluster.leader(topic, partition)
  if (address !== undefined) return address
  cluster.forget(topic)
  throw new KafkaFailure('retriable', 'LOG_UNAVAILABLE', `${topic}/${partition} has no leader`, { topic })
}

const askLeader = async (
  cluster: KafkaCluster,
  address: BrokerAddress,
  topic: string,
  partitions: readonly number[],
  at: OffsetQuery,
  into: Map<number, number>,
): Promise<void> => {
  const link = await cluster.toControl(address)
  const timestamp = timestampOf(at)
  const body = new RequestWriter().i32(-1).i8(readUncommitted)
  body.array([topic], (name) => body.text(name).array(partitions, (p) => body.i32(p).i64(timestamp)))
  const answer = await ask(link, apis.listOffsets, body)
  answer.skip(4)
  answer.array(() => {
    answer.text()
    answer.array(() => {
      const partition = answer.i32()
      const code = answer.i16()
      answer.skip(8)
      const offset = answer.long()
      if (code !== 0) throw failureOf(code, `offsets of ${topic}/${partition}`, topic)
      into.set(partition, offset)
    })
  })
}
