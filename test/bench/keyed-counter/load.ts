import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { noHeaders, type LogRecord } from '../../../runtime/model/record.ts'
import type { Event } from './actor.ts'
import type { LogOutcome, TransactionalLog } from '../../../runtime/ports/transactional-log.ts'

export const partitionCount = 4
export const partitions = Array.from({ length: partitionCount }, (_, partition) => partition)

export const ok = <T>(outcome: LogOutcome<T>): T => {
  if (outcome.kind === 'ok') return outcome.value
  throw outcome.cause
}

/** Whether one key of a hundred fails at its handler, is left out, or is as all others. */
export type Poison = 'failing' | 'left-out' | 'none'

/** The event number `n`, about 100 bytes of JSON; undefined for one that is left out. */
export const eventOf = (n: number, keys: number, poison: Poison): { key: string; value: Uint8Array } | undefined => {
  const number = (n * 7919) % keys
  const poisoned = poison !== 'none' && number % 100 === 0
  if (poisoned && poison === 'left-out') return undefined
  const key = `key-${number}`
  const event: Event = { key, n, text: 'the quick brown fox jumps over the lazy dog, and again' }
  return { key, value: utf8Encode(JSON.stringify(poisoned ? { ...event, poison: true } : event)) }
}

/** How many of `count` events are of keys that do not fail. */
export const othersOf = (count: number, keys: number): number => {
  let others = 0
  for (let n = 0; n < count; n++) if (((n * 7919) % keys) % 100 !== 0) others++
  return others
}

/** Writes `count` events over `keys` keys, evenly, as fast as it goes. */
export const produce = async (
  log: TransactionalLog,
  topic: string,
  count: number,
  keys: number,
  poison: Poison = 'none',
): Promise<void> => {
  const producer = ok(await log.producer(`load-${topic}`, 60_000))
  for (let n = 0; n < count;) {
    for (const end = Math.min(count, n + 20_000); n < end; n++) {
      const event = eventOf(n, keys, poison)
      if (!event) continue
      const { key, value } = event
      producer.append(topic, null, { key: utf8Encode(key), value, headers: noHeaders, timestampMs: Date.now() })
    }
    ok(await producer.flush())
    ok(await producer.end('commit'))
  }
  await producer.close()
}

/** Reads committed records of a topic from its beginning on, until `enough` of what it has read. */
export const consume = async (
  log: TransactionalLog,
  topic: string,
  onRecords: (records: readonly LogRecord[], partition: number) => void,
  enough: () => boolean,
): Promise<void> => {
  const positions = partitions.map((partition) => ({ topic, partition, offset: 0 }))
  const bounds = { maxWaitMs: 200, maxBytes: 16 << 20, partitionMaxBytes: 4 << 20 }
  while (!enough()) {
    for (const fetched of ok(await log.fetch(`read-${topic}`, positions, bounds))) {
      const position = positions.find(({ partition }) => partition === fetched.partition)
      if (!position || fetched.status !== 'ok') continue
      const { records, next } = committedRecords(fetched, position.offset)
      position.offset = next
      if (records.length > 0) onRecords(records, fetched.partition)
    }
  }
}

/** The number of records, control records included, that a topic has. */
export const endOf = async (log: TransactionalLog, topic: string): Promise<number> => {
  let sum = 0
  for (const end of ok(await log.offsets(topic, partitions, 'latest')).values()) sum += end
  return sum
}
