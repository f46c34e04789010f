import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Feeder } from '../../../runtime/cli/dev/feeder.ts'
import { lastCommitted } from '../../../runtime/cli/dev/last-committed.ts'
import type { Feed } from '../../../runtime/cli/dev/options.ts'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Decode, utf8Encode } from '../../../runtime/model/bytes.ts'
import { nullLog } from '../../../runtime/platform/null-telemetry.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { LogProducer, TransactionalLog } from '../../../runtime/ports/transactional-log.ts'

const topic = 'in'
const bounds = { maxWaitMs: 0, maxBytes: 1 << 30, partitionMaxBytes: 1 << 30 }

const openLog = async (partitions: number) => {
  const log = memoryLog(systemClock)
  await log.createTopic({ name: topic, partitions, replicationFactor: undefined, compacted: false })
  return log
}

/** Records 0 to `count`, in chunks; of few keys, so that some partitions stay empty. */
const feedOf = (count: number): Feed => ({
  topic,
  partitions: 3,
  perSecond: 0,
  records: async function* (from) {
    for (let i = from; i < count; i += 700)
      yield Array.from({ length: Math.min(700, count - i) }, (_, k) => ({
        key: `key-${(i + k) % 2}`,
        value: String(i + k),
        timestampMs: i + k,
      }))
  },
})

const committed = async (log: TransactionalLog, partitions: number): Promise<number[]> => {
  const positions = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
  const fetched = await log.fetch('test', positions, bounds)
  if (fetched.kind !== 'ok') throw fetched.cause
  const records = fetched.value.flatMap((partition) => committedRecords(partition, 0).records)
  return records.map(({ value }) => Number(value && utf8Decode(value))).sort((a, b) => a - b)
}

/** A log whose producers fail at some of their steps: before, or after what was asked has taken effect. */
const failing = (log: TransactionalLog, fails: () => 'before' | 'after' | undefined): TransactionalLog => {
  const cause = new Error('lost')
  const step = async <T>(act: () => Promise<T>) => {
    const how = fails()
    if (how === 'before') return { kind: 'ambiguous', cause } as const
    const done = await act()
    return how === 'after' ? ({ kind: 'ambiguous', cause } as const) : done
  }
  return {
    ...log,
    partitions: (topics) => log.partitions(topics),
    offsets: (...args) => log.offsets(...args),
    fetch: (...args) => log.fetch(...args),
    producer: async (id, timeoutMs) => {
      const made = await log.producer(id, timeoutMs)
      if (made.kind !== 'ok') return made
      const real = made.value
      const producer: LogProducer = {
        append: (...args) => real.append(...args),
        prepare: (upcoming) => real.prepare(upcoming),
        flush: () => step(() => real.flush()),
        end: (decision) => step(() => real.end(decision)),
        close: () => real.close(),
      }
      return { kind: 'ok', value: producer }
    },
  }
}

it('feeds each record once, whichever answers are lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 5_000 }),
      fc.array(fc.constantFrom('before', 'after', undefined), { maxLength: 4 }),
      async (count, steps) => {
        const log = await openLog(3)
        const left = [...steps]
        const feeder = new Feeder(
          feedOf(count),
          failing(log, () => left.shift()),
          systemClock,
          nullLog,
        )
        await feeder.run()
        expect(await committed(log, 3)).toEqual(Array.from({ length: count }, (_, i) => i))
      },
    ),
    { numRuns: 12 },
  )
})

it('goes on after a crash in the middle of a transaction', async () => {
  const log = await openLog(3)
  await new Feeder(feedOf(1_000), log, systemClock, nullLog).run()
  const dead = await log.producer('millrace-dev-feed-in', 10_000)
  if (dead.kind !== 'ok') throw dead.cause
  for (const partition of [0, 1, 2])
    dead.value.append(topic, partition, { key: null, value: utf8Encode('9999'), headers: [], timestampMs: 0 })
  await dead.value.flush()
  const next = new Feeder(feedOf(1_500), log, systemClock, nullLog)
  await next.run()
  expect(next.finished).toBe(true)
  expect(await committed(log, 3)).toEqual(Array.from({ length: 1_500 }, (_, i) => i))
})

it('does not write into a topic that others write to', async () => {
  const log = await openLog(3)
  log.append(topic, 1, { key: null, value: utf8Encode('other') })
  const said: string[] = []
  const warn = (_event: string, message: string): void => {
    said.push(message)
    feeder.stop()
  }
  const feeder = new Feeder(feedOf(10), log, systemClock, { ...nullLog, warn })
  await feeder.run()
  expect(said.join()).toContain('feed a topic of its own')
  expect(feeder.finished).toBe(false)
})

it('finds the last committed record behind aborted ones', async () => {
  const log = await openLog(1)
  log.append(topic, 0, { key: null, value: utf8Encode('last') })
  const producer = await log.producer('other', 10_000)
  if (producer.kind !== 'ok') throw producer.cause
  for (let i = 0; i < 900; i++)
    producer.value.append(topic, 0, { key: null, value: utf8Encode('never'), headers: [], timestampMs: 0 })
  await producer.value.flush()
  await producer.value.end('abort')
  const found = await lastCommitted(log, topic, 0)
  expect(found?.value && utf8Decode(found.value)).toBe('last')
  expect(await lastCommitted(await openLog(1), topic, 0)).toBeUndefined()
})
