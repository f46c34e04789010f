import {
  type LogOutcome,
  type LogProducer,
  type ProducedBatch,
  type TransactionalLog,
} from '../../../runtime/ports/transactional-log.ts'
import { valueOf } from '../../contract/log-harness.ts'

const pauseMs = 2
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pauseMs))

/**
 * Kafka answers EndTxn as soon as the decision is durable; the markers in the partitions follow within milliseconds. The
 * contract looks at once, so here `end` returns when the end of each partition of the transaction has moved.
 */
export const settledLog = (log: TransactionalLog): TransactionalLog => {
  const ends = async (batches: readonly ProducedBatch[]): Promise<number[]> =>
    Promise.all(
      batches.map(async ({ topic, partition }) =>
        valueOf(await log.offsets(topic, [partition], 'latest')).get(partition)!,
      ),
    )

  const settledProducer = (producer: LogProducer): LogProducer => {
    let open = new Map<string, ProducedBatch>()
    return {
      append: (topic, partition, record) => producer.append(topic, partition, record),
      prepare: (upcoming) => producer.prepare(upcoming),
      async flush() {
        const outcome = await producer.flush()
        if (outcome.kind === 'ok')
          for (const batch of outcome.value) open.set(`${batch.topic}/${batch.partition}`, batch)
        return outcome
      },
      async end(decision): Promise<LogOutcome<void>> {
        const batches = [...open.values()]
        const before = await ends(batches)
        const outcome = await producer.end(decision)
        if (outcome.kind !== 'ok') return outcome
        open = new Map()
        while (!(await ends(batches)).every((end, i) => end > before[i]!)) await pause()
        return outcome
      },
      close: () => producer.close(),
    }
  }

  return {
    partitions: (topics, uses) => log.partitions(topics, uses),
    createTopic: (topic) => log.createTopic(topic),
    offsets: (topic, partitions, at) => log.offsets(topic, partitions, at),
    fetch: (reader, positions, bounds) => log.fetch(reader, positions, bounds),
    mayProduce: (id) => log.mayProduce(id),
    commitGroupOffsets: (group, positions) => log.commitGroupOffsets(group, positions),
    close: () => log.close(),
    async producer(transactionalId, timeoutMs) {
      const outcome = await log.producer(transactionalId, timeoutMs)
      return outcome.kind === 'ok' ? { kind: 'ok', value: settledProducer(outcome.value) } : outcome
    },
  }
}
