import type {
  FetchBounds,
  FetchPosition,
  LogOutcome,
  LogProducer,
  TransactionalLog,
} from '../ports/transactional-log.ts'
import type { Lifeline } from './lifeline.ts'
import { nextTurn } from './next-turn.ts'

/** A shorter wait is one among others: the fetch must come back though there is nothing. */
const longWaitMs = 100
const forEverMs = 1e12

/**
 * A log as one life of a coordinator reaches it. A fetch waits until there is something, however much time passes: were it
 * to come back twice a second, a day of a test would be 172,800 fetches.
 */
export const mortalLog = (log: TransactionalLog, life: Lifeline): TransactionalLog => ({
  partitions: (topics, uses) => life.during(() => log.partitions(topics, uses)),
  createTopic: (topic) => life.deed(() => log.createTopic(topic)),
  offsets: (topic, partitions, at) => life.during(() => log.offsets(topic, partitions, at)),
  fetch: (reader, positions, bounds) => life.during(() => fetch(log, life, reader, positions, bounds)),
  mayProduce: (id) => life.during(() => log.mayProduce(id)),
  producer: async (id, timeoutMs) => mortalProducer(await life.deed(() => log.producer(id, timeoutMs)), life),
  commitGroupOffsets: (group, positions) => life.deed(() => log.commitGroupOffsets(group, positions)),
  close: () => log.close(),
})

const fetch = async (
  log: TransactionalLog,
  life: Lifeline,
  reader: string,
  positions: readonly FetchPosition[],
  bounds: FetchBounds,
): ReturnType<TransactionalLog['fetch']> => {
  const long = bounds.maxWaitMs >= longWaitMs
  // Time does not pass by itself: what would be a short wait is a turn for everything else.
  if (!long) await nextTurn()
  const fetched = await log.fetch(reader, positions, { ...bounds, maxWaitMs: long ? forEverMs : 0 })
  if (fetched.kind === 'ok' && fetched.value.some(({ batches }) => batches.length > 0)) life.deeds++
  return fetched
}

const mortalProducer = (opened: LogOutcome<LogProducer>, life: Lifeline): LogOutcome<LogProducer> => {
  if (opened.kind !== 'ok') return opened
  const producer = opened.value
  return {
    kind: 'ok',
    value: {
      append: (topic, partition, record) => producer.append(topic, partition, record),
      prepare: (upcoming) => producer.prepare(upcoming),
      flush: () => life.deed(() => producer.flush()),
      end: (decision) => life.deed(() => producer.end(decision)),
      close: () => life.during(() => producer.close()),
    },
  }
}
