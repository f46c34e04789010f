import { type TopicUse } from '../../ports/transactional-log.ts'
import { type TopicMetadata } from './cluster-metadata.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { kafkaCodes } from './outcomes.ts'

/** Kafka's AclOperations, whose codes are the bits of what a broker tells of a topic. */
const operations: Readonly<Record<TopicUse, { readonly name: string; readonly bit: number }>> = {
  read: { name: 'Read', bit: 3 },
  write: { name: 'Write', bit: 4 },
}
/** Whoever is told where a topic lies has this one: without it a broker tells of none, or was not asked. */
const describe = 1 << 8

/** Throws a KafkaFailure where the broker says that this client may not use the topic so. */
export const checkRights = (metadata: TopicMetadata, uses: readonly TopicUse[]): void => {
  const { topic } = metadata
  const lacking = uses.filter((use) => isForbidden(metadata, operations[use].bit))
  if (lacking.length === 0) return
  const names = lacking.map((use) => operations[use].name).join(' and ')
  const message = `Kafka does not let this user ${lacking.join(' or ')} topic ${topic}; grant ${names} by an ACL`
  throw new KafkaFailure('fatal', 'LOG_FORBIDDEN', message, { topic })
}

/** Who may not even describe a topic has neither right: both include that one. */
const isForbidden = ({ errorCode, operations }: TopicMetadata, bit: number): boolean =>
  errorCode === kafkaCodes.topicAuthorizationFailed || (operations & (describe | (1 << bit))) === describe
