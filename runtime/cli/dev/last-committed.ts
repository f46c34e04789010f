import { committedRecords } from '../../log/read-committed.ts'
import { MillraceError } from '../../model/errors.ts'
import type { LogRecord } from '../../model/record.ts'
import type { LogOutcome, TransactionalLog } from '../../ports/transactional-log.ts'

const bounds = { maxWaitMs: 1_000, maxBytes: 8 << 20, partitionMaxBytes: 8 << 20 }
const firstStep = 256

/** Throws unless it went well. */
export const okOr = <T>(outcome: LogOutcome<T>, what: string): T => {
  if (outcome.kind === 'ok') return outcome.value
  throw new MillraceError('LOG_UNAVAILABLE', `${what}: ${outcome.cause.message}`, { cause: outcome.cause })
}

/**
 * The last committed record of a partition, undefined where there is none. Looks from the end backward in growing steps,
 * since aborted transactions and control records may lie there.
 */
export const lastCommitted = async (
  log: TransactionalLog,
  topic: string,
  partition: number,
): Promise<LogRecord | undefined> => {
  const offsetOf = async (at: 'earliest' | 'latest'): Promise<number> =>
    okOr(await log.offsets(topic, [partition], at), `asking for offsets of ${topic}`).get(partition) ?? 0
  const [start, end] = [await offsetOf('earliest'), await offsetOf('latest')]
  let to = end
  for (let step = firstStep; to > start; step *= 4) {
    const from = Math.max(start, to - step)
    const found = await lastBetween(log, topic, partition, from, to)
    if (found) return found
    to = from
  }
  return undefined
}

const lastBetween = async (
  log: TransactionalLog,
  topic: string,
  partition: number,
  from: number,
  to: number,
): Promise<LogRecord | undefined> => {
  let last: LogRecord | undefined
  let offset = from
  while (offset < to) {
    const fetched = okOr(await log.fetch('feed', [{ topic, partition, offset }], bounds), `reading ${topic}`)[0]
    if (!fetched || fetched.status === 'retry') continue
    if (fetched.status !== 'ok')
      throw new MillraceError('LOG_UNAVAILABLE', `reading ${topic} from ${offset}: ${fetched.status}`)
    const { records, next } = committedRecords(fetched, offset)
    last = records.findLast((record) => record.offset < to) ?? last
    if (next === offset) break
    offset = next
  }
  return last
}
