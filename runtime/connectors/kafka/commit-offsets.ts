import { type FetchPosition } from '../../ports/transactional-log.ts'
import { apis } from './apis.ts'
import { ask, type KafkaCluster } from './kafka-cluster.ts'
import { checkCode } from './outcomes.ts'
import { groupBy } from './group-by.ts'
import { RequestWriter } from './request-writer.ts'
import { untilSettled } from './until-settled.ts'

const noGeneration = -1
/** Nothing reads what is written here, so it need not wait for long. */
const patienceMs = 5_000

/** Commits as one who assigns partitions by himself: refused while the group has members. Throws a KafkaFailure. */
export const commitOffsets = async (
  cluster: KafkaCluster,
  group: string,
  positions: readonly FetchPosition[],
): Promise<void> => {
  if (positions.length > 0) await untilSettled(cluster.clock, patienceMs, () => commitOnce(cluster, group, positions))
}

const commitOnce = async (cluster: KafkaCluster, group: string, positions: readonly FetchPosition[]): Promise<void> => {
  const link = await cluster.toControl(await cluster.coordinator('group', group))
  const body = new RequestWriter(128 + positions.length * 32).text(group).i32(noGeneration).text('')
  const topics = [...groupBy(positions, ({ topic }) => topic)]
  body.array(topics, ([topic, partitions]) =>
    body.text(topic).array(partitions, ({ partition, offset }) => body.i32(partition).i64(offset).text(null)),
  )
  const answer = await ask(link, apis.offsetCommit, body)
  answer.skip(4)
  answer.array(() => {
    const topic = answer.text()
    answer.array(() => {
      const partition = answer.i32()
      checkCode(answer.i16(), `offsets of group ${group} for ${topic}/${partition}`, topic)
    })
  })
}
