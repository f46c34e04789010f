import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RunningKafka, startKafka } from '../../../infra/local/kafka.ts'
import { freePorts } from '../../../infra/local/ports.ts'
import { readCommitted } from '../../../infra/local/read-committed.ts'
import { apis } from '../../../runtime/connectors/kafka/apis.ts'
import { type TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { LogHarness, record, valueOf } from '../../contract/log-harness.ts'
import { openLog } from './kafka-under-test.ts'
import { type LossyProxy, startLossyProxy } from '../support/lossy-proxy.ts'

let kafka: RunningKafka
let proxy: LossyProxy
let log: TransactionalLog
let harness: LogHarness
let warnings: Error[]
const onWarning = (warning: Error) => warnings.push(warning)

beforeAll(async () => {
  warnings = []
  process.on('warning', onWarning)
  const [listenPort] = await freePorts(1)
  kafka = await startKafka({
    heapMb: 512,
    faultyVia: { listenPort: listenPort! },
    properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200' },
  })
  proxy = await startLossyProxy(listenPort!, () => kafka.faulty!.upstream)
  log = await openLog(kafka.faulty!.brokers, { requestTimeoutMs: 2_000 })
})
afterAll(async () => {
  process.off('warning', onWarning)
  await log?.close()
  await proxy?.close()
  await kafka?.stop()
})
beforeEach(() => {
  harness = new LogHarness({ log, feed: () => Promise.reject(new Error('no feed here')), dispose: async () => {} })
})

const now = (value: string) => record(value, null, Date.now())
const seen = async (topic: string) => (await readCommitted(kafka.brokers, topic)).map(({ value }) => value)

describe.each(['closing', 'silent'] as const)('an answer is lost, %s', (how) => {
  test('rule 11: to Produce: the session ends, the next one fences it, and records sent again are read once', async () => {
    const topic = await harness.topic()
    const id = harness.name('produce')
    const first = await harness.producer(id, 15_000)
    first.append(topic, 0, now('a'))
    proxy.lose(apis.produce.key, how)
    const outcome = await first.flush()
    expect(outcome.kind).toBe('ambiguous')
    expect(await first.flush()).toBe(outcome)
    expect(await first.end('commit')).toBe(outcome)
    const second = await harness.producer(id, 15_000)
    second.append(topic, 0, now('a'))
    valueOf(await second.flush())
    valueOf(await second.end('commit'))
    expect(await seen(topic)).toEqual(['a'])
    await second.close()
  })

  test('rule 11: to EndTxn: the commit took effect, and no one says that it did not', async () => {
    const topic = await harness.topic()
    const id = harness.name('end')
    const producer = await harness.producer(id, 15_000)
    producer.append(topic, 0, now('committed'))
    valueOf(await producer.flush())
    proxy.lose(apis.endTxn.key, how)
    expect((await producer.end('commit')).kind).toBe('ambiguous')
    await (await harness.producer(id, 15_000)).close()
    expect(await seen(topic)).toEqual(['committed'])
  })

  test('rule 11: to AddPartitionsToTxn: the session ends before anything was written', async () => {
    const topic = await harness.topic()
    const producer = await harness.producer()
    producer.append(topic, 0, now('x'))
    proxy.lose(apis.addPartitionsToTxn.key, how)
    expect((await producer.flush()).kind).toBe('ambiguous')
    expect(await harness.latest(topic)).toBe(0)
  })

  test('to InitProducerId: asking again answers a producer', async () => {
    const id = harness.name('init')
    proxy.lose(apis.initProducerId.key, how)
    expect((await log.producer(id, 15_000)).kind).toBe('ambiguous')
    await (await harness.producer(id, 15_000)).close()
  })

  test('to Fetch: it may be asked again', async () => {
    const topic = await harness.topic()
    const producer = await harness.producer()
    producer.append(topic, 0, now('x'))
    valueOf(await producer.flush())
    valueOf(await producer.end('commit'))
    proxy.lose(apis.fetch.key, how)
    const bounds = { maxWaitMs: 100, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
    expect((await log.fetch('lossy', [{ topic, partition: 0, offset: 0 }], bounds)).kind).toBe('retriable')
    expect((await harness.batches(topic)).batches).toHaveLength(2)
    await producer.close()
  })

  test('to Metadata, ListOffsets and OffsetCommit: they may be asked again', async () => {
    const topic = await harness.topic()
    const commit = () => log.commitGroupOffsets('watched', [{ topic, partition: 0, offset: 0 }])
    const asks: [number, () => Promise<{ kind: string }>][] = [
      [apis.metadata.key, () => log.partitions([topic])],
      [apis.listOffsets.key, () => log.offsets(topic, [0], 'latest')],
      [apis.offsetCommit.key, commit],
    ]
    for (const [api, ask] of asks) {
      proxy.lose(api, how)
      expect((await ask()).kind).toBe('retriable')
      expect((await ask()).kind).toBe('ok')
    }
  })
})

test('rule 12: a transaction that the broker timed out is fenced, as by a successor', async () => {
  const topic = await harness.topic()
  const producer = await harness.producer(harness.name('slow'), 1_000)
  producer.append(topic, 0, now('late'))
  valueOf(await producer.flush())
  // The broker aborts it by itself; the marker moves the end.
  while ((await harness.latest(topic)) < 2) await pause(50)
  expect((await producer.end('commit')).kind).toBe('fenced')
  expect(await seen(topic)).toEqual([])
})

test('closing gives up a fetch that waits', async () => {
  const topic = await harness.topic()
  const other = await openLog(kafka.brokers)
  const bounds = { maxWaitMs: 60_000, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
  const fetching = other.fetch('waits', [{ topic, partition: 0, offset: 0 }], bounds)
  await pause(100)
  const begun = performance.now()
  await other.close()
  expect((await fetching).kind).not.toBe('ok')
  expect(performance.now() - begun).toBeLessThan(2_000)
  expect((await other.partitions([topic])).kind).toBe('fatal')
})

test('a fetch that was given up serves the next call, and another position does not wait for it', async () => {
  const topic = await harness.topic(2)
  const fetch = async (partition: number, maxWaitMs: number, signal?: AbortSignal) => {
    const bounds = { maxWaitMs, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20, ...(signal && { signal }) }
    return valueOf(await log.fetch('given-up', [{ topic, partition, offset: 0 }], bounds))
  }
  expect(await fetch(0, 20_000, AbortSignal.timeout(50))).toEqual([])
  const producer = await harness.producer()
  producer.append(topic, 0, now('zero'))
  producer.append(topic, 1, now('one'))
  valueOf(await producer.flush())
  valueOf(await producer.end('commit'))
  const [zero] = await fetch(0, 10_000)
  expect(zero!.batches.length).toBeGreaterThan(0)
  expect(await fetch(0, 0)).toHaveLength(1)
  const idle = await harness.topic(2)
  const waiting = [{ topic: idle, partition: 0, offset: 0 }]
  const long = { maxWaitMs: 20_000, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20, signal: AbortSignal.timeout(50) }
  expect(valueOf(await log.fetch('given-up', waiting, long))).toEqual([])
  const begun = performance.now()
  const [one] = await fetch(1, 1_000)
  expect(one!.batches.length).toBeGreaterThan(0)
  expect(performance.now() - begun).toBeLessThan(5_000)
  await producer.close()
})

test('a broker that dies and comes back costs sessions and fetches, and no records', async () => {
  const topic = await harness.topic()
  const id = harness.name('survivor')
  const before = await harness.producer(id, 15_000)
  before.append(topic, 0, now('before'))
  valueOf(await before.flush())
  valueOf(await before.end('commit'))
  await kafka.kill()
  before.append(topic, 0, now('while it was away'))
  expect(['retriable', 'ambiguous']).toContain((await before.flush()).kind)
  const bounds = { maxWaitMs: 100, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
  expect((await log.fetch('survivor', [{ topic, partition: 0, offset: 0 }], bounds)).kind).toBe('retriable')
  expect((await log.partitions([topic])).kind).toBe('retriable')
  await kafka.restart()
  const after = await again(() => log.producer(id, 15_000))
  after.append(topic, 0, now('after'))
  await again(() => after.flush())
  valueOf(await after.end('commit'))
  await again(() => log.fetch('survivor', [{ topic, partition: 0, offset: 0 }], bounds))
  expect(await seen(topic)).toEqual(['before', 'after'])
})

test('kafkajs says nothing on the console and warns of no timer', () => {
  expect(warnings.map(({ message }) => message)).toEqual([])
})

const again = async <T>(ask: () => Promise<{ kind: string; value?: T }>): Promise<T> => {
  for (let tries = 0; tries < 100; tries++) {
    const outcome = await ask()
    if (outcome.kind === 'ok') return outcome.value!
    await pause(100)
  }
  throw new Error('Kafka did not come back')
}

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs))
