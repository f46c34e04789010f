import { type ProducedBatch } from '../../ports/transactional-log.ts'
import { groupBy } from './group-by.ts'
import { RequestWriter } from './request-writer.ts'
import { type ResponseReader } from './response-reader.ts'

// The requests of a transaction in the flow of KIP-98.

export interface ProducerIdentity {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** One record batch on its way to a partition; a request carries one for each partition at most. */
export interface OutgoingBatch extends TopicPartition {
  readonly bytes: Buffer
  readonly records: number
}

export interface PartitionVerdict extends TopicPartition {
  readonly errorCode: number
  readonly detail: string | null
}

const allReplicas = -1

export const encodeInitProducerId = (transactionalId: string, timeoutMs: number): RequestWriter =>
  new RequestWriter().text(transactionalId).i32(timeoutMs)

export const decodeInitProducerId = (answer: ResponseReader) => {
  answer.skip(4)
  return { errorCode: answer.i16(), producerId: answer.i64(), producerEpoch: answer.i16() }
}

export const encodeAddPartitions = (who: ProducerIdentity, partitions: readonly TopicPartition[]): RequestWriter => {
  const body = new RequestWriter(128 + partitions.length * 16)
  body.text(who.transactionalId).i64(who.producerId).i16(who.producerEpoch)
  const topics = [...groupBy(partitions, ({ topic }) => topic)]
  return body.array(topics, ([topic, share]) => body.text(topic).array(share, ({ partition }) => body.i32(partition)))
}

export const decodeAddPartitions = (answer: ResponseReader): PartitionVerdict[] => {
  answer.skip(4)
  const verdicts: PartitionVerdict[] = []
  answer.array(() => {
    const topic = answer.text()
    answer.array(() => verdicts.push({ topic, partition: answer.i32(), errorCode: answer.i16(), detail: null }))
  })
  return verdicts
}

/** Chunks of a Produce request: its own fields, with the batches between them as they lie. */
export const encodeProduce = (
  transactionalId: string | null,
  timeoutMs: number,
  batches: readonly OutgoingBatch[],
): Buffer[] => {
  const chunks: Buffer[] = []
  const topics = groupBy(batches, ({ topic }) => topic)
  let body = new RequestWriter().text(transactionalId).i16(allReplicas).i32(timeoutMs).i32(topics.size)
  for (const [topic, share] of topics) {
    body.text(topic).i32(share.length)
    for (const { partition, bytes } of share) {
      body.i32(partition).i32(bytes.length)
      chunks.push(body.finish(), bytes)
      body = new RequestWriter(64)
    }
  }
  if (body.length > 0) chunks.push(body.finish())
  return chunks
}

export const decodeProduce = (answer: ResponseReader): (PartitionVerdict & ProducedBatch)[] => {
  const verdicts: (PartitionVerdict & ProducedBatch)[] = []
  answer.array(() => {
    const topic = answer.text()
    answer.array(() => {
      const partition = answer.i32()
      const errorCode = answer.i16()
      const firstOffset = answer.long()
      answer.skip(16)
      const details = answer.array(() => {
        answer.skip(4)
        return answer.maybeText()
      })
      const detail = answer.maybeText() ?? details.find((text) => text !== null) ?? null
      verdicts.push({ topic, partition, errorCode, firstOffset, detail })
    })
  })
  return verdicts
}

export const encodeEndTxn = (who: ProducerIdentity, decision: 'commit' | 'abort'): RequestWriter =>
  new RequestWriter()
    .text(who.transactionalId)
    .i64(who.producerId)
    .i16(who.producerEpoch)
    .i8(decision === 'commit' ? 1 : 0)

export const decodeEndTxn = (answer: ResponseReader): number => {
  answer.skip(4)
  return answer.i16()
}
