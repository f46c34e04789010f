import { expect, test } from 'vitest'
import { record, valueOf, type LogHarness } from './log-harness.ts'

export const fetchCases = (current: () => LogHarness): void => {
  test('a fetch at the end waits as long as it may and answers nothing', async () => {
    const harness = current()
    const topic = await harness.topic()
    const begun = performance.now()
    const fetched = await harness.fetchOne(topic, 0, 300)
    expect(performance.now() - begun).toBeGreaterThan(250)
    expect(fetched).toMatchObject({ status: 'ok', batches: [], aborted: [] })
  })

  test('a waiting fetch is woken by a plain write', async () => {
    const harness = current()
    const topic = await harness.topic()
    const fetching = harness.fetchOne(topic, 0, 20_000)
    await pause(50)
    await harness.feed(topic, 0, [record('now')])
    expect((await fetching).batches).toHaveLength(1)
  }, 15_000)

  test('a waiting fetch is woken by a commit', async () => {
    const harness = current()
    const topic = await harness.topic()
    const producer = await harness.producer()
    const fetching = harness.fetchOne(topic, 0, 20_000)
    await harness.write(producer, topic, 0, 'a')
    await pause(50)
    valueOf(await producer.end('commit'))
    expect((await fetching).batches[0]?.records()).toHaveLength(1)
    await producer.close()
  }, 15_000)

  test('a fetch waits while all that lies there is undecided', async () => {
    const harness = current()
    const topic = await harness.topic()
    const producer = await harness.producer()
    await harness.write(producer, topic, 0, 'open')
    const begun = performance.now()
    expect((await harness.fetchOne(topic, 0, 300)).batches).toEqual([])
    expect(performance.now() - begun).toBeGreaterThan(250)
    valueOf(await producer.end('abort'))
    await producer.close()
  })

  test('a signal ends the wait early', async () => {
    const harness = current()
    const topic = await harness.topic()
    const control = new AbortController()
    const bounds = { maxWaitMs: 20_000, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20, signal: control.signal }
    const fetching = harness.log.fetch(harness.name('reader'), [{ topic, partition: 0, offset: 0 }], bounds)
    await pause(50)
    control.abort()
    const outcome = await fetching
    if (outcome.kind === 'ok') expect(outcome.value.flatMap(({ batches }) => batches)).toEqual([])
    else expect(outcome.kind).toBe('retriable')
  }, 10_000)

  test('a fetch from the middle of a batch answers the whole batch: its reader skips what is before the position', async () => {
    // The batch may begin before the position; whoever reads records drops those whose offset is lower (log/read-committed).
    const harness = current()
    const topic = await harness.topic()
    await harness.feed(topic, 0, [record('0'), record('1'), record('2'), record('3')])
    const { batches } = await harness.fetchOne(topic, 2)
    const wanted = batches.flatMap((batch) => batch.records()).filter(({ offset }) => offset >= 2)
    expect(wanted.map(({ offset }) => offset)).toEqual([2, 3])
    expect(batches[0]!.lastOffset).toBe(3)
  })

  test('a position before the beginning or beyond the end is out of range', async () => {
    const harness = current()
    const topic = await harness.topic()
    await harness.feed(topic, 0, [record('0')])
    const fetched = await harness.fetchOne(topic, 5)
    expect(fetched.status).toBe('out-of-range')
    expect(fetched.batches).toEqual([])
    expect((await harness.fetchOne(topic, 1, 0)).status).toBe('ok')
  })

  test('a topic or partition that does not exist is missing, and the other positions are answered', async () => {
    const harness = current()
    const topic = await harness.topic()
    await harness.feed(topic, 0, [record('0')])
    const positions = [
      { topic: 'no-such-topic', partition: 0, offset: 0 },
      { topic, partition: 0, offset: 0 },
      { topic, partition: 9, offset: 0 },
    ]
    const bounds = { maxWaitMs: 1_000, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
    const statuses = new Map<string, string>()
    let batches = 0
    for (let tries = 0; tries < 5 && (statuses.size < 3 || batches === 0); tries++)
      for (const one of valueOf(await harness.log.fetch('contract-missing', positions, bounds))) {
        statuses.set(`${one.topic}/${one.partition}`, one.status)
        batches += one.batches.length
      }
    expect(statuses.get('no-such-topic/0')).toBe('topic-missing')
    expect(statuses.get(`${topic}/9`)).toBe('topic-missing')
    expect(statuses.get(`${topic}/0`)).toBe('ok')
    expect(batches).toBeGreaterThan(0)
  })

  test('several partitions are fetched at once', async () => {
    const harness = current()
    const topic = await harness.topic(4)
    for (const partition of [0, 1, 3]) await harness.feed(topic, partition, [record(`in ${partition}`)])
    const positions = [0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 }))
    const seen = new Map<number, number>()
    for (let tries = 0; tries < 5 && seen.size < 3; tries++) {
      const bounds = { maxWaitMs: 500, maxBytes: 1 << 20, partitionMaxBytes: 1 << 20 }
      for (const one of valueOf(await harness.log.fetch('contract-several', positions, bounds)))
        for (const batch of one.batches) seen.set(one.partition, batch.records().length)
    }
    expect([...seen].sort()).toEqual([
      [0, 1],
      [1, 1],
      [3, 1],
    ])
  })

  test('bytes are bounded, and a batch larger than the bound is answered all the same', async () => {
    const harness = current()
    const topic = await harness.topic()
    for (let i = 0; i < 10; i++) await harness.feed(topic, 0, [record('x'.repeat(10_000))])
    const bounds = { maxWaitMs: 500, maxBytes: 1 << 20, partitionMaxBytes: 35_000 }
    const [some] = valueOf(await harness.log.fetch('contract-bounds', [{ topic, partition: 0, offset: 0 }], bounds))
    expect(some!.batches.length).toBeGreaterThan(0)
    expect(some!.batches.length).toBeLessThan(5)
    const tiny = { maxWaitMs: 500, maxBytes: 10, partitionMaxBytes: 10 }
    const [one] = valueOf(await harness.log.fetch('contract-bounds', [{ topic, partition: 0, offset: 4 }], tiny))
    expect(one!.batches.map(({ baseOffset }) => baseOffset)).toEqual([4])
  })

  test('records can be decoded more than once', async () => {
    const harness = current()
    const topic = await harness.topic()
    await harness.feed(topic, 0, [record('a'), record('b')])
    const [batch] = (await harness.fetchOne(topic, 0)).batches
    expect(batch!.records()).toEqual(batch!.records())
  })
}

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs))
