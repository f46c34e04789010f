import { type FetchBounds, type FetchPosition } from '../../ports/transactional-log.ts'
import { groupBy } from './group-by.ts'
import { RequestWriter } from './request-writer.ts'
import { type ResponseReader } from './response-reader.ts'

// Fetch, version 11, without a fetch session:
// request: replica -1, wait, least bytes, most bytes, isolation, session 0, epoch -1,
//   topics [name, partitions [id, leader epoch -1, offset, log start -1, most bytes]], forgotten [], rack ''
// answer: throttle, error, session, topics [name, partitions [id, error, high watermark, last stable offset, log start,
//   aborted [producer, first offset], preferred replica, records]]
const readCommitted = 1

export interface PartitionAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[]
  readonly records: Buffer
}

export const encodeFetch = (positions: readonly FetchPosition[], bounds: FetchBounds): RequestWriter => {
  const body = new RequestWriter(128 + positions.length * 48)
  const topics = [...groupBy(positions, ({ topic }) => topic)]
  body.i32(-1).i32(bounds.maxWaitMs).i32(1).i32(bounds.maxBytes).i8(readCommitted).i32(0).i32(-1)
  body.array(topics, ([topic, partitions]) =>
    body
      .text(topic)
      .array(partitions, ({ partition, offset }) =>
        body.i32(partition).i32(-1).i64(offset).i64(-1).i32(bounds.partitionMaxBytes),
      ),
  )
  return body.i32(0).text('')
}

export const decodeFetch = (answer: ResponseReader): { errorCode: number; partitions: PartitionAnswer[] } => {
  answer.skip(4)
  const errorCode = answer.i16()
  answer.skip(4)
  const partitions: PartitionAnswer[] = []
  answer.array(() => {
    const topic = answer.text()
    answer.array(() => partitions.push(decodePartition(topic, answer)))
  })
  return { errorCode, partitions }
}

const decodePartition = (topic: string, answer: ResponseReader): PartitionAnswer => {
  const partition = answer.i32()
  const errorCode = answer.i16()
  const highWatermark = answer.long()
  const lastStableOffset = answer.long()
  const logStartOffset = answer.long()
  const aborted = answer.array(() => ({ producerId: answer.i64(), firstOffset: answer.long() }))
  answer.skip(4)
  const records = answer.blob()
  return { topic, partition, errorCode, highWatermark, lastStableOffset, logStartOffset, aborted, records }
}
