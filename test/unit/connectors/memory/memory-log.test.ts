import { describe, expect, test } from 'vitest'
import { utf8Encode } from '../../../../runtime/model/bytes.ts'
import { memoryLog } from '../../../../runtime/connectors/memory/memory-log.ts'
import { ManualClock } from '../../../../runtime/platform/manual-clock.ts'
import type { LogProducer, TransactionalLog } from '../../../../runtime/ports/transactional-log.ts'
import { record, valueOf } from '../../../contract/log-harness.ts'

const bounds = { maxWaitMs: 0, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
const topic = 'orders'

const open = async (partitions = 1, options = {}) => {
  const clock = new ManualClock()
  const log = memoryLog(clock, options)
  valueOf(await log.createTopic({ name: topic, partitions, replicationFactor: undefined, compacted: false }))
  return { clock, log }
}

const write = async (log: TransactionalLog, id: string, timeoutMs = 10_000): Promise<LogProducer> => {
  const producer = valueOf(await log.producer(id, timeoutMs))
  producer.append(topic, 0, record('x'))
  valueOf(await producer.flush())
  return producer
}

const fetchOne = async (log: TransactionalLog, offset = 0) =>
  valueOf(await log.fetch('test', [{ topic, partition: 0, offset }], bounds))[0]!

describe('transaction time-out', () => {
  test('rule 12: a transaction open for too long is aborted and its producer fenced', async () => {
    const { clock, log } = await open()
    const producer = await write(log, 'slow')
    clock.advance(9_999)
    expect((await fetchOne(log)).lastStableOffset).toBe(0)
    clock.advance(1)
    const fetched = await fetchOne(log)
    expect(fetched.batches.map(({ control }) => control)).toEqual([undefined, 'abort'])
    expect(fetched.aborted).toHaveLength(1)
    expect((await producer.end('commit')).kind).toBe('fenced')
  })

  test('rule 12: so is one that was prepared and got no record in time, and the next flush says so', async () => {
    const { clock, log } = await open()
    const producer = await write(log, 'slow')
    valueOf(await producer.end('commit'))
    producer.prepare([])
    clock.advance(10_000)
    producer.append(topic, 0, record('late'))
    expect((await producer.flush()).kind).toBe('fenced')
    expect((await fetchOne(log)).batches.map(({ control }) => control)).toEqual([undefined, 'commit'])
  })

  test('wakes a fetch that waits behind it', async () => {
    const { clock, log } = await open()
    await write(log, 'slow')
    let done = false
    const fetching = log.fetch('test', [{ topic, partition: 0, offset: 0 }], { ...bounds, maxWaitMs: 60_000 })
    void fetching.then(() => (done = true))
    await settle()
    expect(done).toBe(false)
    clock.advance(10_000)
    expect(valueOf(await fetching)[0]!.batches).toHaveLength(2)
  })

  test('counts from the first flush of each transaction, not from the producer', async () => {
    const { clock, log } = await open()
    const producer = await write(log, 'steady')
    for (let i = 0; i < 5; i++) {
      clock.advance(9_000)
      valueOf(await producer.end('commit'))
      producer.append(topic, 0, record('again'))
      valueOf(await producer.flush())
    }
    valueOf(await producer.end('commit'))
  })
})

test('a producer stays dead after its first error', async () => {
  const { log } = await open()
  const elder = await write(log, 'id')
  await log.producer('id', 10_000)
  expect((await elder.end('commit')).kind).toBe('fenced')
  elder.append(topic, 0, record('y'))
  expect((await elder.flush()).kind).toBe('fenced')
  expect((await elder.end('abort')).kind).toBe('fenced')
})

test('rule 17: a record larger than the log takes is rejected and nothing of its flush is written', async () => {
  const { log } = await open(1, { recordBytesMax: 100 })
  const producer = valueOf(await log.producer('id', 10_000))
  producer.append(topic, 0, record('small'))
  producer.append(topic, 0, record('x'.repeat(101)))
  expect(await producer.flush()).toMatchObject({ kind: 'rejected', topic })
  expect(valueOf(await log.offsets(topic, [0], 'latest')).get(0)).toBe(0)
})

test('each connection is closed alone, and a closed one answers fatal', async () => {
  const { log } = await open()
  const [one, two] = [log.connect(), log.connect()]
  const waiting = one.fetch('r', [{ topic, partition: 0, offset: 0 }], { ...bounds, maxWaitMs: 60_000 })
  await settle()
  await one.close()
  expect((await waiting).kind).toBe('fatal')
  expect((await one.partitions([topic])).kind).toBe('fatal')
  expect(valueOf(await two.partitions([topic])).get(topic)).toBe(1)
})

test('a producer of one connection fences that of another', async () => {
  const { log } = await open()
  const elder = await write(log.connect(), 'same')
  await write(log.connect(), 'same')
  expect((await elder.end('commit')).kind).toBe('fenced')
})

test('append writes plainly, by key or to the partition named, and throws for a topic that is not there', async () => {
  const { log } = await open(3)
  expect(log.append(topic, 2, { value: utf8Encode('a') })).toEqual({ partition: 2, offset: 0 })
  expect(log.append(topic, 2, {})).toEqual({ partition: 2, offset: 1 })
  const { partition } = log.append(topic, null, { key: utf8Encode('anna') })
  expect(log.append(topic, null, { key: utf8Encode('anna') })).toEqual({ partition, offset: partition === 2 ? 3 : 1 })
  expect(() => log.append('elsewhere', 0, {})).toThrow(/no topic elsewhere/)
  expect(() => log.append(topic, 3, {})).toThrow(/no partition 3/)
})

test('what was trimmed is out of range and no longer the earliest', async () => {
  const { log } = await open()
  for (let i = 0; i < 5; i++) log.append(topic, 0, {})
  log.trim(topic, 0, 3)
  expect((await fetchOne(log, 2)).status).toBe('out-of-range')
  expect(await fetchOne(log, 3)).toMatchObject({ status: 'ok', logStartOffset: 3 })
  expect(valueOf(await log.offsets(topic, [0], 'earliest')).get(0)).toBe(3)
})

test('a partition that fills the bound does not keep the others from their turn', async () => {
  const { log } = await open(2)
  for (let i = 0; i < 10; i++)
    for (const partition of [0, 1]) log.append(topic, partition, { value: new Uint8Array(900) })
  const seen = new Set<number>()
  const positions = [0, 1].map((partition) => ({ topic, partition, offset: 0 }))
  for (let i = 0; i < 4; i++)
    for (const one of valueOf(await log.fetch('r', positions, { ...bounds, maxBytes: 1_000 })))
      if (one.batches.length > 0) seen.add(one.partition)
  expect(seen).toEqual(new Set([0, 1]))
})

test('positions of a group are kept for tests to see', async () => {
  const { log } = await open()
  valueOf(await log.commitGroupOffsets('lag', [{ topic, partition: 0, offset: 7 }]))
  expect(log.groupOffset('lag', topic, 0)).toBe(7)
  expect(log.groupOffset('lag', topic, 1)).toBeUndefined()
})

const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
