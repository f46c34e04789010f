import { type TopicSpec } from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { KafkaFailure } from './kafka-failure.ts'
import { listOffsets } from './list-offsets.ts'
import { failureOf, kafkaCodes } from './outcomes.ts'
import { RequestWriter } from './request-writer.ts'
import { untilSettled } from './until-settled.ts'

const brokerDefault = -1

/** Sees to it that there is a topic, and that it has leaders, so that the next request finds it. Throws a KafkaFailure. */
export const createTopic = async (cluster: KafkaCluster, topic: TopicSpec): Promise<void> => {
  const [found] = await cluster.refresh([topic.name])
  // Who may not create is refused what is there already, too: so it is asked for only where it is not, or not to be seen.
  const { unknownTopic, topicAuthorizationFailed } = kafkaCodes
  if (found?.errorCode === unknownTopic || found?.errorCode === topicAuthorizationFailed) await create(cluster, topic)
  await untilLed(cluster, topic.name)
}

const create = async (cluster: KafkaCluster, topic: TopicSpec): Promise<void> => {
  const link = await cluster.controllerBroker()
  const timeoutMs = cluster.settings.requestTimeoutMs
  const configs: readonly (readonly [string, string])[] = topic.compacted ? [['cleanup.policy', 'compact']] : []
  const body = new RequestWriter()
  body
    .array([topic], ({ name, partitions, replicationFactor }) =>
      body
        .text(name)
        .i32(partitions)
        .i16(replicationFactor ?? brokerDefault)
        .array([], () => {})
        .array(configs, ([key, value]) => body.text(key).text(value)),
    )
    .i32(timeoutMs)
    .i8(0)
  const answer = await ask(link, apis.createTopics, body, timeoutMs + 1_000)
  answer.skip(4)
  answer.array(() => {
    answer.text()
    const code = answer.i16()
    const detail = answer.maybeText()
    if (code === kafkaCodes.topicAuthorizationFailed) throw forbidden(topic.name)
    if (code !== kafkaCodes.none && code !== kafkaCodes.topicAlreadyExists)
      throw failureOf(code, `to create topic ${topic.name}`, topic.name, detail)
  })
}

const forbidden = (topic: string): KafkaFailure => {
  const message = `Kafka does not let this user create topic ${topic}; grant Create by an ACL, or create it yourself`
  return new KafkaFailure('fatal', 'LOG_FORBIDDEN', message, { topic })
}

/** A topic's leaders are named before they serve: a producer that comes too early would lose its session for nothing. */
const untilLed = (cluster: KafkaCluster, topic: string): Promise<unknown> =>
  untilSettled(cluster.clock, cluster.settings.requestTimeoutMs, async () => {
    const [found] = await cluster.refresh([topic])
    if (found === undefined || found.leaders.length === 0)
      throw failureOf(found?.errorCode || kafkaCodes.leaderNotAvailable, `leaders for topic ${topic}`, topic)
    await listOffsets(cluster, topic, [...found.leaders.keys()], 'latest')
  })
