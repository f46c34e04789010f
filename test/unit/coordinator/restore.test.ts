import { actor, int, value } from 'millrace'
import { describe, expect, test } from 'vitest'
import { withCustodian } from '../../../runtime/coordinator/custodian.ts'
import { commitState } from '../../../runtime/log/savepoint/commit-state.ts'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { parquetFiles } from '../../../runtime/platform/parquet.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { encodeMessage } from '../../../runtime/sdk/message.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { byKey, callOf, emitted } from './counter.ts'
import { countsOf, makeSavepointWorld, settled, stop } from './savepoint-world.ts'
import { eventually, makeWorld } from './world.ts'

const hold = { egress: 'hold' as const, topicPrefix: 's.' }

/** A savepoint `a` of an application that has counted bob twice, and has stopped. */
const saved = async () => {
  const made = await makeSavepointWorld({ routes: [byKey] })
  const running = await made.world.start()
  made.world.feed('bob', 'a')
  made.world.feed('bob', 'b')
  await settled(running)
  await made.save(running)
  await stop(running)
  return made
}

const keysOf = async (store: { list(prefix: string): AsyncIterable<{ key: string }> }): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

const bindings = (typename: string) => [
  {
    endpoint: 'local',
    typenames: [typename],
    timeoutMs: 5_000,
    requestsInFlightMax: 4,
    addressesPerRequestMax: 100,
  },
]

describe('what a restore refuses, before it writes anything', () => {
  test('functions that nobody serves, all of them named, unless they are renamed or dropped', async () => {
    const { restore, world } = await saved()
    const before = await keysOf(world.store)
    const topology = { bindings: bindings('test/meter') }
    await expect(restore('a', { topology })).rejects.toMatchObject({
      code: 'SAVEPOINT_MISMATCH',
      message: expect.stringMatching(/test\/counter is not served.*1 addresses.*--rename.*serves: test\/meter/),
    })
    await expect(restore('a', { topology, renamed: new Map([['test/counter', 'test/x']]) })).rejects.toThrow(
      /test\/x, the new name of test\/counter, is not served/,
    )
    await expect(restore('a', { dropped: new Set(['test/none']) })).rejects.toThrow(/no function test\/none/)
    const both = { dropped: new Set(['test/counter']), renamed: new Map([['test/counter', 'test/counter']]) }
    await expect(restore('a', both)).rejects.toThrow(/both renamed and dropped/)
    expect(await keysOf(world.store)).toEqual(before)
    const renamed = await restore('a', { topology, renamed: new Map([['test/counter', 'test/meter']]) })
    expect(renamed.dropped.cells).toBe(0)
    const left = await restore('a', { as: 'other', topology, dropped: new Set(['test/counter']) })
    expect(left.dropped.cells).toBe(1)
  })

  test('a file that is damaged', async () => {
    const { restore, world, place } = await saved()
    const before = await keysOf(world.store)
    const { bytes } = (await place.get('a/state-0001.parquet'))!
    bytes[bytes.length >> 1]! ^= 1
    await place.put('a/state-0001.parquet', bytes)
    await expect(restore('a')).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('a/state-0001.parquet does not match its checksum'),
    })
    expect(await keysOf(world.store)).toEqual(before)
  })

  test('another cluster, unless it is said where to read on', async () => {
    const { restore, world } = await saved()
    const elsewhere = memoryLog(systemClock)
    for (const name of ['in', 'out', 'dead'])
      await elsewhere.createTopic({ name, partitions: 4, replicationFactor: undefined, compacted: false })
    const store = memoryStore(systemClock)
    const kafka = elsewhere.connect()
    await expect(restore('a', { kafka, store })).rejects.toMatchObject({
      code: 'SAVEPOINT_MISMATCH',
      message: expect.stringMatching(/does not read on here.*--positions start/),
    })
    for (let i = 0; i < 5; i++)
      for (let partition = 0; partition < 4; partition++)
        elsewhere.append('in', partition, { key: Buffer.from('eve'), value: Buffer.from(`e${partition}${i}`) })
    // Enough records now, but others: the last one that was read is not there.
    await expect(restore('a', { kafka, store })).rejects.toThrow(/another record at offset 1/)
    expect(await keysOf(store)).toEqual([])
    const at = (offset: number, partition = 2) => ({
      from: 'start' as const,
      offsets: [{ topic: 'in', partition, offset }],
    })
    await expect(restore('a', { kafka, store, positions: at(6) })).rejects.toThrow(/offset 6, but it holds 0 to 5/)
    await expect(restore('a', { kafka, store, positions: at(0, 4) })).rejects.toThrow(/no partition 4/)
    const unread = { from: 'keep' as const, offsets: [{ topic: 'x', partition: 0, offset: 0 }] }
    await expect(restore('a', { kafka, store, positions: unread })).rejects.toThrow(/no ingress reads topic x/)
    await restore('a', { kafka, store, positions: at(3) })
    const running = await world.start({ kafka: elsewhere.connect(), store, topology: { application: 'fork' } })
    await eventually(async () => (await countsOf(running)).get('eve') === 17)
    expect((await countsOf(running)).get('bob')).toBe(2)
    await stop(running)
  })

  test('an ingress whose start is latest starts there where nothing else is said', async () => {
    const { restore, world } = await saved()
    const ingresses = [{ name: 'in', topics: ['in'], start: { kind: 'latest' as const } }]
    world.feed('bob', 'c')
    await restore('a', { topology: { ingresses }, positions: { from: 'start', offsets: [] } })
    const change = { topology: { application: 'fork', ingresses }, settings: { shadow: hold } }
    const running = await world.start(change)
    world.feed('bob', 'd')
    await eventually(async () => (await countsOf(running)).get('bob') === 3)
    await settled(running)
    expect(await countsOf(running)).toEqual(new Map([['bob', 3]]))
    await stop(running)
  })
})

test('an idempotency key that was answered is answered so again where the savepoint is restored', async () => {
  const { world, save, restore } = await makeSavepointWorld({ routes: [byKey] })
  const running = await world.start()
  const first = await callOf(running, 'bob', 'x', 'key-1').answer
  await callOf(running, 'bob', 'y').answer
  await save(running)
  await stop(running)
  await restore('a')
  const fork = await world.start({ topology: { application: 'fork' }, settings: { shadow: hold } })
  expect(await callOf(fork, 'bob', 'x', 'key-1').answer).toEqual(first)
  expect(await countsOf(fork)).toEqual(new Map([['bob', 2]]))
  expect(await callOf(fork, 'bob', 'other', 'key-1').answer).toMatchObject({ kind: 'refused', why: 'key-reused' })
  await stop(fork)
})

test('maxParallelism is fixed when an application is made, and a savepoint is restored with another', async () => {
  const { restore, world } = await saved()
  await expect(world.start({ settings: { maxParallelism: 120 } })).rejects.toMatchObject({
    code: 'APPLICATION_CHANGED',
    message: expect.stringMatching(/maxParallelism was 960.*is 120 now.*savepoint/),
  })
  await restore('a', { settings: { maxParallelism: 120 } })
  const change = { topology: { application: 'fork' }, settings: { maxParallelism: 120, shadow: hold } }
  await expect(world.start({ ...change, settings: {} })).rejects.toThrow(/maxParallelism was 120/)
  const running = await world.start(change)
  expect(await countsOf(running)).toEqual(new Map([['bob', 2]]))
  await stop(running)
})

describe('a savepoint of an application that nobody runs', () => {
  test('has all that was committed, once what was left is published, and leaves state as it was', async () => {
    const made = await makeSavepointWorld({ routes: [byKey] })
    const { world, parts, folder, restore } = made
    // Committed, and never published: a crash in between.
    const stuck = new Proxy(world.log.connect(), {
      get: (target, name) =>
        name === 'producer' ? () => new Promise<never>(() => undefined) : Reflect.get(target, name).bind(target),
    })
    const running = await world.start({ kafka: stuck })
    world.feed('bob', 'a')
    await eventually(async () => (await countsOf(running)).get('bob') === 1)
    world.feed('bob', 'late')
    const description = await withCustodian(world.topology, world.settings, parts(world.store), async (custodian) => {
      // What is due is not delivered, and nothing is taken in.
      expect(custodian.endpoints).toEqual([])
      return custodian.savepoint('a', parquetFiles, folder('a'))
    })
    expect(emitted(await world.committed('out'))).toContain('bob:a:1')
    expect(description.functions).toMatchObject([{ addresses: 1, cells: 1 }])
    await restore('a')
    const fork = await world.start({ topology: { application: 'fork' }, settings: { shadow: hold } })
    await eventually(async () => (await countsOf(fork)).get('bob') === 2)
    await stop(fork)
    const again = await world.start()
    await eventually(async () => (await countsOf(again)).get('bob') === 2)
    await eventually(async () => (await world.committed('out')).length === 2)
    expect(emitted(await world.committed('out')).sort()).toEqual(['bob:a:1', 'bob:late:2'])
    await stop(again)
  })

  test('a message that is due meanwhile stays with its sender: nothing happens in between', async () => {
    const remind = actor('test/remind', {
      state: { n: value(int, { initial: 0 }) },
      messages: { later: int, now: int },
    })
    const handlers = remind.handle({
      later: (ctx, n) => ctx.send(remind.at(ctx.id).now(n), { after: 50 }),
      now(ctx, n) {
        ctx.state.n += n
      },
    })
    const world = await makeWorld([handlers])
    const running = await world.start()
    const { payload } = encodeMessage(remind.at('a').later(7))
    const message = { kind: 'call' as const, typename: 'test/remind', id: 'a', message: 'later', payload }
    await running.request({ ...message, idempotencyKey: undefined, fingerprint: '' }).answer
    await stop(running)
    await new Promise((resolve) => setTimeout(resolve, 80))
    const { folder, parts } = await makeSavepointWorld()
    const kafka = world.log.connect()
    const { functions } = await withCustodian(world.topology, world.settings, parts(world.store, kafka), (custodian) =>
      custodian.savepoint('a', parquetFiles, folder('a')),
    )
    expect(functions).toMatchObject([{ typename: 'test/remind', timers: 1, messages: 0, cells: 0 }])
  })

  test('an application that there is not is not made', async () => {
    const { world, parts } = await makeSavepointWorld({ routes: [byKey] })
    const topology = { ...world.topology, application: 'none' }
    const act = () => Promise.reject(new Error('never'))
    await expect(withCustodian(topology, world.settings, parts(world.store), act)).rejects.toMatchObject({
      code: 'APPLICATION_UNKNOWN',
    })
    expect(await keysOf(world.store)).toEqual([])
  })
})

describe('a commit of the past', () => {
  const countIn = (shard: Shard): number => {
    const cells = shard.find(shard.table('test/counter')!, 'bob')?.cells(0)
    return cells?.kind === 'value' ? Buffer.from(cells.value).readInt32LE(1) : 0
  }

  test('is read as it was, by its number or the time, while the application runs', async () => {
    const { world } = await makeSavepointWorld({ routes: [byKey] })
    const running = await world.start()
    const times: number[] = []
    for (let i = 1; i <= 6; i++) {
      world.feed('bob', `${i}`)
      await eventually(async () => (await countsOf(running)).get('bob') === i)
      await settled(running)
      times.push(Date.now())
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await eventually(async () => (await world.committed('out')).length === 6)
    const [uuid] = (await keysOf(world.store))
      .filter((key) => key.endsWith('/manifest'))
      .map((key) => key.split('/')[0]!)
    for (const i of [1, 2, 3, 4, 5]) {
      const at = await commitState(world.store, systemClock, uuid!, { untilMs: times[i - 1]! })
      expect(countIn(at.shard)).toBe(i)
      const same = await commitState(world.store, systemClock, uuid!, at.commit)
      expect([countIn(same.shard), same.clockMs]).toEqual([i, at.clockMs])
    }
    const unknown = { code: 'COMMIT_UNKNOWN' }
    const read = (wanted: Parameters<typeof commitState>[3]) => commitState(world.store, systemClock, uuid!, wanted)
    await expect(read({ untilMs: times[0]! - 60_000 })).rejects.toMatchObject(unknown)
    await expect(read({ log: running.log, number: 9_999 })).rejects.toMatchObject(unknown)
    await expect(read({ log: 'f'.repeat(32), number: 1 })).rejects.toMatchObject(unknown)
    await stop(running)
  })

  test('is refused while the bucket does not prove that its egress is published', async () => {
    const { world } = await makeSavepointWorld({ routes: [byKey] })
    const stuck = new Proxy(world.log.connect(), {
      get: (target, name) =>
        name === 'producer' ? () => new Promise<never>(() => undefined) : Reflect.get(target, name).bind(target),
    })
    const running = await world.start({ kafka: stuck })
    for (const text of ['a', 'b', 'c']) {
      world.feed('bob', text)
      await settled(running)
    }
    const [uuid] = (await keysOf(world.store))
      .filter((key) => key.endsWith('/manifest'))
      .map((key) => key.split('/')[0]!)
    const read = (log: string, number: number) => commitState(world.store, systemClock, uuid!, { log, number })
    await expect(read(running.log, 1)).rejects.toThrow(/does not tell yet that all egress.*--offline/)
    // Somebody takes over and publishes what is left: now it is proven.
    const heir = await world.start()
    await eventually(async () => (await world.committed('out')).length === 3)
    await eventually(async () => read(running.log, 1).catch(() => false as const))
    await stop(heir)
  })
})
