import { type BrokerAddress } from './options.ts'
import { kafkaCodes } from './outcomes.ts'
import { RequestWriter } from './request-writer.ts'
import { type ResponseReader } from './response-reader.ts'

/** What the cluster says of a topic: an error, or the leader's node for each partition (-1: none just now). */
export interface TopicMetadata {
  readonly topic: string
  readonly errorCode: number
  readonly leaders: readonly number[]
  /** What this client may do with it, by topic-rights.ts. */
  readonly operations: number
}

export interface ClusterMetadata {
  readonly nodes: ReadonlyMap<number, BrokerAddress>
  readonly controller: number
  readonly topics: readonly TopicMetadata[]
}

/** A Metadata request of version 8: topic names, that none be created by asking, and whether to tell of rights. */
export const encodeMetadataRequest = (topics: readonly string[], withOperations: boolean): Buffer => {
  const body = new RequestWriter()
  body
    .array(topics, (topic) => body.text(topic))
    .i8(0)
    .i8(0)
    .i8(withOperations ? 1 : 0)
  return body.finish()
}

export const decodeMetadata = (answer: ResponseReader): ClusterMetadata => {
  answer.skip(4)
  const nodes = new Map<number, BrokerAddress>()
  answer.array(() => {
    nodes.set(answer.i32(), { host: answer.text(), port: answer.i32() })
    answer.maybeText()
  })
  answer.maybeText()
  const controller = answer.i32()
  const topics = answer.array((): TopicMetadata => {
    const errorCode = answer.i16()
    const topic = answer.text()
    answer.skip(1)
    const partitions = answer.array(() => decodePartition(answer))
    const leaders = Array.from(
      { length: partitions.length },
      (_, i) => partitions.find((p) => p.id === i)?.leader ?? -1,
    )
    return { topic, errorCode, leaders, operations: answer.i32() }
  })
  return { nodes, controller, topics }
}

const decodePartition = (answer: ResponseReader) => {
  const errorCode = answer.i16()
  const id = answer.i32()
  const leader = answer.i32()
  answer.skip(4)
  for (let lists = 0; lists < 3; lists++) answer.array(() => answer.i32())
  return { id, leader: errorCode === kafkaCodes.leaderNotAvailable ? -1 : leader }
}
