import { describe, expect, test } from 'vitest'
import { memoryLog } from '../../../runtime/connectors/memory/memory-log.ts'
import { Poller } from '../../../runtime/coordinator/poll.ts'
import { startPositions } from '../../../runtime/coordinator/start-positions.ts'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import type { StartPosition } from '../../../runtime/model/topology.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { Shard } from '../../../runtime/shard/shard.ts'
import { byKey, counterHandlers, emitted, forever } from './counter.ts'
import { FaultyStore } from '../log/faulty-store.ts'
import { eventually, makeWorld } from './world.ts'

const makeTopic = async (records: readonly number[]) => {
  const log = memoryLog(systemClock)
  await log.createTopic({ name: 't', partitions: records.length, replicationFactor: undefined, compacted: false })
  records.forEach((count, partition) => {
    for (let i = 0; i < count; i++)
      log.append('t', partition, { value: utf8Encode(`${partition}/${i}`), timestampMs: 1_000 * i })
  })
  return log
}
const resolve = async (
  log: Awaited<ReturnType<typeof makeTopic>>,
  start: StartPosition,
  shard = new Shard(),
  whenOutOfRange?: 'earliest' | 'latest',
) => {
  const ingress = { name: 'in', topics: ['t'], start }
  return (await startPositions(log, [ingress], shard, whenOutOfRange)).map(({ offset }) => offset)
}
const at = (shard: Shard, partition: number, offset: number, fingerprint?: { timestampMs: number; hash: number }) =>
  shard.moveTo({ source: { ingress: 'in', topic: 't', partition }, offset, fingerprint })

describe('rule 25: where reading starts', () => {
  test.each<[StartPosition, number[]]>([
    [{ kind: 'earliest' }, [0, 0]],
    [{ kind: 'latest' }, [5, 3]],
    [{ kind: 'timestamp', timestampMs: 1_500 }, [2, 2]],
    [{ kind: 'timestamp', timestampMs: 3_500 }, [4, 3]],
    [{ kind: 'offsets', offsets: new Map([[1, 2]]) }, [0, 2]],
  ])('%j when the topic is new to the application', async (start, offsets) => {
    const shard = new Shard()
    expect(await resolve(await makeTopic([5, 3]), start, shard)).toEqual(offsets)
    expect([...shard.positions.all()].map(({ offset }) => offset)).toEqual(offsets)
  })

  test('is resolved once: later starts go on at the positions of the state', async () => {
    const shard = new Shard()
    const log = await makeTopic([5, 3])
    await resolve(log, { kind: 'latest' }, shard)
    log.append('t', 0, { value: utf8Encode('more') })
    expect(await resolve(log, { kind: 'latest' }, shard)).toEqual([5, 3])
    expect(await resolve(log, { kind: 'earliest' }, shard)).toEqual([5, 3])
  })

  test('a partition that appears later is read from its beginning', async () => {
    const shard = new Shard()
    at(shard, 0, 5)
    expect(await resolve(await makeTopic([5, 3]), { kind: 'latest' }, shard)).toEqual([5, 0])
  })

  test('a start offset beyond the end is refused', async () => {
    const start: StartPosition = { kind: 'offsets', offsets: new Map([[0, 6]]) }
    await expect(resolve(await makeTopic([5]), start)).rejects.toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' })
  })

  test('a topic that is not there is named with its ingress', async () => {
    const ingress = { name: 'orders', topics: ['nope'], start: { kind: 'earliest' } as const }
    await expect(startPositions(await makeTopic([1]), [ingress], new Shard(), undefined)).rejects.toMatchObject({
      code: 'LOG_TOPIC_MISSING',
      message: expect.stringMatching(/nope.*orders/),
    })
  })
})

describe('rule 25: a position that cannot be used is an error, never a reset', () => {
  test('behind what retention kept, and beyond the end', async () => {
    const log = await makeTopic([5])
    log.trim('t', 0, 3)
    for (const [offset, why] of [
      [2, 'retention'],
      [6, 'lost records'],
    ] as const) {
      const shard = new Shard()
      at(shard, 0, offset)
      await expect(resolve(log, { kind: 'earliest' }, shard)).rejects.toMatchObject({
        code: 'LOG_OFFSET_OUT_OF_RANGE',
        message: expect.stringMatching(new RegExp(`partition 0 of topic t.*offset ${offset}.*3 to 5.*${why}`)),
      })
      expect(await resolve(log, { kind: 'earliest' }, shard, 'earliest')).toEqual([3])
    }
    for (const offset of [3, 5]) {
      const shard = new Shard()
      at(shard, 0, offset)
      expect(await resolve(log, { kind: 'earliest' }, shard)).toEqual([offset])
    }
  })

  test('a topic that was made again and has grown past the position is told by the record before it', async () => {
    const world = await makeWorld([counterHandlers], { routes: [byKey] })
    for (let i = 0; i < 5; i++) world.feed('bob', `${i}`)
    const first = await world.start()
    await eventually(async () => (await world.committed('out')).length >= 5)
    const positions = await first.read((shard) => [...shard.positions.all()])
    first.drain()
    await first.ended
    const { source, offset, fingerprint } = positions.find((position) => position.offset === 5)!
    expect(fingerprint).toBeDefined()
    const again = async (records: number) => {
      const log = memoryLog(systemClock)
      await log.createTopic({ name: 'in', partitions: 4, replicationFactor: undefined, compacted: false })
      for (let i = 0; i < records; i++) log.append('in', source.partition, { value: utf8Encode(`other ${i}`) })
      const shard = new Shard()
      shard.moveTo({ source, offset, fingerprint })
      const ingress = { name: 'in', topics: ['in'], start: { kind: 'earliest' } as const }
      return startPositions(log, [ingress], shard, undefined)
    }
    await expect(again(9)).rejects.toMatchObject({
      code: 'LOG_RECREATED',
      message: expect.stringContaining('offset 4'),
    })
    await expect(again(2)).rejects.toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' })
    const second = await world.start()
    second.drain()
    expect(await second.ended).toBe('drained')
  })

  test('where retention or an aborted transaction took the record before it, nothing is held against the topic', async () => {
    const log = await makeTopic([5])
    log.trim('t', 0, 4)
    const shard = new Shard()
    at(shard, 0, 4, { timestampMs: 1, hash: 1 })
    expect(await resolve(log, { kind: 'earliest' }, shard)).toEqual([4])
  })

  test('while running: retention that overtakes the position, a topic that goes', async () => {
    for (const broken of ['out-of-range', 'topic-missing'] as const) {
      const log = await makeTopic([5])
      const kafka = {
        ...log,
        fetch: async (...args: Parameters<typeof log.fetch>) => {
          const fetched = await log.fetch(...args)
          if (fetched.kind !== 'ok') return fetched
          return { kind: 'ok' as const, value: fetched.value.map((each) => ({ ...each, status: broken, batches: [] })) }
        },
      }
      const poller = new Poller(
        kafka,
        systemClock,
        () => undefined,
        () => undefined,
      )
      poller.add({ ingress: 'in', topic: 't', partition: 0 }, 2)
      const code = broken === 'out-of-range' ? 'LOG_OFFSET_OUT_OF_RANGE' : 'LOG_TOPIC_MISSING'
      await expect(poller.run()).rejects.toMatchObject({ code })
    }
  })
})

describe('rule 25: positions come from the state alone', () => {
  test('a start that dies before its first window has resolved nothing: the configured start still counts', async () => {
    const world = await makeWorld([counterHandlers], { routes: [byKey] })
    const ingresses = [{ name: 'in', topics: ['in'], start: { kind: 'latest' } as const }]
    for (let i = 0; i < 5; i++) world.feed('bob', `old ${i}`)
    const store = new FaultyStore(world.store)
    store.script = (verb, key) => (verb === 'putIfAbsent' && /\/\d{12}$/.test(key) ? forever : undefined)
    await world.start({ store, topology: { ingresses } })
    const second = await world.start({ topology: { ingresses } })
    await second.read(() => undefined)
    world.feed('bob', 'new')
    await eventually(async () => (await world.committed('out')).length >= 1)
    second.drain()
    await second.ended
    expect(emitted(await world.committed('out'))).toEqual(['bob:new:1'])
  })

  test('a window’s state and positions move together: a crash neither loses nor repeats a record', async () => {
    const world = await makeWorld([counterHandlers], { routes: [byKey] })
    for (let i = 0; i < 60; i++) world.feed(`k${i % 4}`, `${i}`)
    for (let crash = 1; crash <= 4; crash++) {
      const store = new FaultyStore(world.store)
      let windows = 0
      store.script = (verb, key) => {
        if (verb !== 'putIfAbsent' || !/\/\d{12}$/.test(key) || ++windows <= crash) return undefined
        return crash % 2 === 0 && windows === crash + 1 ? 'landed' : forever
      }
      await world.start({ store })
      for (let i = 0; i < 12; i++) world.feed(`k${i % 4}`, `more ${i}`)
      await new Promise((resolve) => setTimeout(resolve, 60))
      store.script = () => forever
    }
    const last = await world.start()
    await eventually(async () => (await world.committed('out')).length >= 108)
    last.drain()
    await last.ended
    const outs = emitted(await world.committed('out'))
    expect(outs).toHaveLength(108)
    for (let k = 0; k < 4; k++)
      expect(outs.filter((text) => text.startsWith(`k${k}:`)).map((text) => Number(text.split(':')[2]))).toEqual(
        Array.from({ length: 27 }, (_, i) => i + 1),
      )
  })
})

describe('reading ahead', () => {
  test('each partition’s records come in order, none twice, whatever is taken at a time', async () => {
    const log = await makeTopic([300, 7, 0])
    const poller = new Poller(
      log,
      systemClock,
      () => undefined,
      () => undefined,
    )
    for (const partition of [0, 1, 2]) poller.add({ ingress: 'in', topic: 't', partition }, partition === 0 ? 100 : 0)
    const run = poller.run()
    const seen = new Map<number, number[]>()
    await eventually(() => {
      for (let taken = poller.take(13, 1 << 20); taken; taken = poller.take(13, 1 << 20)) {
        const offsets = seen.get(taken.source.partition) ?? []
        offsets.push(...taken.records.map(({ offset }) => offset))
        expect(taken.next).toBe(offsets.at(-1)! + 1)
        seen.set(taken.source.partition, offsets)
      }
      return (seen.get(0)?.length ?? 0) + (seen.get(1)?.length ?? 0) >= 207
    })
    poller.stop()
    await run
    expect(seen.get(0)).toEqual(Array.from({ length: 200 }, (_, i) => i + 100))
    expect(seen.get(1)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
  test('large records are taken one by one', async () => {
    const log = await makeTopic([0])
    const record = { key: null, value: utf8Encode('large'), headers: [], timestampMs: 0 }
    log.appendBatch('t', 0, [record, record, record])
    const poller = new Poller(
      log,
      systemClock,
      () => undefined,
      () => undefined,
    )
    poller.add({ ingress: 'in', topic: 't', partition: 0 }, 0)
    const run = poller.run()
    await eventually(() => poller.buffered === 3)
    const taken = [poller.take(10, 1), poller.take(10, 1 << 20)]
    poller.stop()
    await run
    expect(taken.map((some) => some?.records.map(({ offset }) => offset))).toEqual([[0], [1, 2]])
  })
})
