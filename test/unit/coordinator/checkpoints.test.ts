import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { objectsOf } from '../../../runtime/log/collect.ts'
import { readableCommits, readCommit } from '../../../runtime/log/read-state.ts'
import { LogReader } from '../../../runtime/log/take-over.ts'
import { slotOf } from '../../../runtime/model/key-group.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { SkippingClock } from '../log/skipping-clock.ts'
import { command, perform, survives, type Command } from '../shard/model.ts'
import { CheckpointLife, keysOf, uuid } from './checkpoint-life.ts'

const makeBucket = () => {
  const clock = new SkippingClock()
  const bucket = memoryStore(clock)
  return { clock, bucket, life: (log: string) => new CheckpointLife(bucket, clock, log) }
}
const forever = new Promise<never>(() => undefined)

type State = ReturnType<typeof survives>

/**
 * What must survive. Requests stand by slot in a checkpoint, so that their order is that of their expiry; and states whose
 * time is over by `clockMs` may be there or not.
 */
const seen = (state: State, clockMs = 0) => {
  const { requests, functions, ...rest } = state
  const isOver = (expiresAtMs: number): boolean => expiresAtMs > 0 && expiresAtMs <= clockMs
  return {
    ...rest,
    requests: requests.toSorted((a, b) => (a.scope < b.scope ? -1 : 1)),
    functions: functions.map(({ actors, states, typename }) => ({
      states,
      typename,
      actors: actors
        .map(({ id, delayed, cells, expiry, lane }) => {
          const left = cells.map((each, i) => (isOver(expiry[i]!) ? undefined : each))
          return { id, delayed, lane, left, expiry: left.map((each, i) => each && expiry[i]) }
        })
        .filter(({ delayed, lane, left }) => delayed > 0 || lane.length > 0 || left.some(Boolean)),
    })),
  }
}
const set = (shard: Shard, id: string, value: Uint8Array): void =>
  shard.mutate(shard.actor(shard.tables[0]!, id), [{ op: 'set', state: 0, value }])

/** Checks that the bucket holds what the manifest needs and, once orphans are collected, nothing else of checkpoints. */
const checkBucket = async (bucket: ObjectStore, life: CheckpointLife): Promise<void> => {
  const { checkpoint, retained, logs } = life.manifests.current
  const roots = checkpoint ? [...retained, checkpoint] : retained
  const needed = new Set<string>()
  for (const pointer of roots) for (const key of await objectsOf(bucket, pointer)) needed.add(key)
  await life.collect()
  for (const key of needed) expect(await bucket.get(key), key).toBeDefined()
  for (const key of await keysOf(bucket, `${uuid}/checkpoint/`)) expect([...needed]).toContain(key)
  const named = new Set(logs.map(({ log }) => log))
  const windows = (await keysOf(bucket, `${uuid}/log/`)).filter((key) => /\d{12}$/.test(key))
  // Of each log that is not needed any more nothing is left but its seal.
  const left = new Map<string, number>()
  for (const key of windows) left.set(key.split('/')[2]!, (left.get(key.split('/')[2]!) ?? 0) + 1)
  for (const [log, count] of left) if (!named.has(log)) expect([log, count]).toEqual([log, 1])
}

describe('rule 20: whatever moment a coordinator dies at', () => {
  const life = fc.record({
    windows: fc.array(fc.array(command, { maxLength: 6 }), { minLength: 1, maxLength: 8 }),
    diesAt: fc.nat({ max: 60 }),
    /** Its last request takes effect or does not. */
    lands: fc.boolean(),
  })

  test('the next one finds what was committed, removes what was left, and goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), fc.nat({ max: 20 }), async (lives, retainMs) => {
        const { bucket, life: begin } = makeBucket()
        let possible: State[] | undefined
        const check = ({ shard, clockMs }: CheckpointLife): void =>
          expect(possible?.map((state) => seen(state, clockMs))).toContainEqual(seen(survives(shard), clockMs))
        for (const [i, each] of lives.entries()) {
          const now = begin(`log${i}`)
          await now.start(2, retainMs)
          if (possible) check(now)
          possible = await liveAndDie(now, each)
        }
        const last = await begin('last').start(1, retainMs)
        check(last)
        set(last.shard, 'last', Uint8Array.of(1))
        expect(await last.commit()).toBe('committed')
        await last.quiet()
        expect(last.warnings).toEqual([])
        await checkBucket(bucket, last)
      }),
      { numRuns: 150 },
    )
  })

  /** Answers the states that the next one may find: all known committed, and with the window whose fate is open. */
  const liveAndDie = async (
    now: CheckpointLife,
    { windows, diesAt, lands }: { windows: Command[][]; diesAt: number; lands: boolean },
  ): Promise<State[]> => {
    const possible = [survives(now.shard)]
    let requests = 0
    now.store.script = () => {
      requests++
      if (requests === diesAt + 1 && lands) return 'landed'
      return requests > diesAt ? forever : undefined
    }
    for (const commands of windows) {
      for (const each of commands) perform(now.shard, each)
      const committed = now.commit(1, () => possible.push(survives(now.shard)))
      let done = false
      void committed.then(() => (done = true))
      await now.quiet()
      if (!done) return possible
      possible.shift()
    }
    return possible
  }
})

describe('what a checkpoint costs', () => {
  test('with little to do two objects beside the manifest, however many slots changed', async () => {
    const { life } = makeBucket()
    const now = await life('a').start(1, 0, 48)
    for (let round = 1; round <= 12; round++) {
      for (let i = 0; i < 200; i++) set(now.shard, `id${i}`, Uint8Array.of(round))
      const from = now.store.requests.length
      await now.commit()
      await now.quiet()
      const writes = now.store.requests.slice(from).filter(({ verb }) => verb.startsWith('put'))
      expect(writes.map(({ verb }) => verb).toSorted()).toEqual(['put', 'put', 'putIfAbsent', 'putIfMatch'])
    }
    expect(now.manifests.current.checkpoint).toMatchObject({ number: 12 })
  })

  test('what is written stays in proportion to what has changed, and what is stored to what there is', async () => {
    const { bucket, life } = makeBucket()
    const now = await life('a').start(1, 0, 8)
    const value = new Uint8Array(1_000)
    for (let i = 0; i < 2_000; i++) set(now.shard, `id${i}`, value)
    await now.commit()
    await now.quiet()
    const bytesPut = () =>
      now.store.requests.reduce((sum, { verb, bytes }) => sum + (verb === 'put' ? (bytes?.length ?? 0) : 0), 0)
    const first = bytesPut()
    expect(first).toBeLessThan(2_200_000)
    const rounds = 120
    const changed = 100
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < changed; i++) set(now.shard, `id${(round * 37 + i * 13) % 2_000}`, value)
      await now.commit()
      await now.quiet()
      let stored = 0
      for await (const { size } of bucket.list(`${uuid}/checkpoint/`)) stored += size
      expect(stored).toBeLessThan(3 * 2_100_000)
    }
    const written = bytesPut() - first
    const deltas = rounds * changed * 1_030
    // Four times what has changed, and what the small last segment is carried along with.
    expect(written).toBeLessThan(4 * deltas + rounds * (1 << 20))
    expect(written).toBeGreaterThan(deltas)
  })

  test('segments are some MiB at most, and a small last one is carried on', async () => {
    const { bucket, life } = makeBucket()
    const now = await life('a').start(1)
    for (let i = 0; i < 14; i++) set(now.shard, `id${i}`, new Uint8Array(700_000))
    await now.commit()
    await now.quiet()
    const sizes = async () => {
      const found: number[] = []
      for await (const { key, size } of bucket.list(`${uuid}/checkpoint/`)) if (!key.endsWith('root')) found.push(size)
      return found
    }
    const many = (await sizes()).length
    expect(many).toBeGreaterThanOrEqual(2)
    for (const size of await sizes()) expect(size).toBeLessThan(6 << 20)
    for (let round = 0; round < 5; round++) {
      set(now.shard, 'small', Uint8Array.of(round))
      await now.commit()
      await now.quiet()
      expect((await sizes()).length).toBeLessThanOrEqual(many + 1)
    }
    const heir = await life('b').start(1)
    expect(seen(survives(heir.shard))).toEqual(seen(survives(now.shard)))
  })

  test('a PUT that lands late changes nothing', async () => {
    const { life } = makeBucket()
    const now = await life('a').start(1)
    let faults = 1
    now.store.script = (verb) => (verb === 'put' && faults-- > 0 ? 'late' : undefined)
    for (let i = 0; i < 14; i++) set(now.shard, `id${i}`, new Uint8Array(700_000).fill(i))
    await now.commit()
    await now.quiet()
    expect(await now.store.landLate()).toEqual(['ok'])
    expect(seen(survives((await life('b').start(1)).shard))).toEqual(seen(survives(now.shard)))
  })

  test('what was rewritten is not read again, though its object is still there for the sake of others', async () => {
    const { bucket, life } = makeBucket()
    const now = await life('a').start(1, 0, 2)
    const ids = Array.from({ length: 12 }, (_, i) => `id${i}`)
    const ofSlot = (slot: number) => ids.filter((id) => slotOf(id, { maxParallelism: 960, slots: 2 }) === slot)
    const [gone, ...hot] = ofSlot(0)
    for (const id of ids) set(now.shard, id, new Uint8Array(100_000))
    await now.commit()
    await now.quiet()
    const objects = await keysOf(bucket, `${uuid}/checkpoint/`)
    now.shard.mutate(now.shard.actor(now.shard.tables[0]!, gone!), [{ op: 'clear', state: 0 }])
    for (let round = 0; round < 4; round++) {
      for (const id of hot) set(now.shard, id, new Uint8Array(200_000).fill(round))
      await now.commit()
      await now.quiet()
    }
    // The first segment still is where slot 1 stands.
    expect(await keysOf(bucket, `${uuid}/checkpoint/`)).toContain(objects[0])
    const heir = await life('b').start(1, 0, 2)
    expect(heir.recovered.root?.segments[0]?.slots.has(0)).toBe(false)
    expect(seen(survives(heir.shard))).toEqual(seen(survives(now.shard)))
  })

  test('objects of which little is read are not kept for ever for the sake of that little', async () => {
    const { bucket, life } = makeBucket()
    const now = await life('a').start(1, 0, 8)
    for (let i = 0; i < 40; i++) set(now.shard, `id${i}`, new Uint8Array(100))
    for (let round = 0; round < 60; round++) {
      // Each object has much of one slot, and a little of another, which is hardly ever rewritten.
      set(now.shard, 'hot', new Uint8Array(900_000))
      set(now.shard, `id${round % 40}`, Uint8Array.of(round))
      await now.commit()
      await now.quiet()
      let stored = 0
      for await (const { size } of bucket.list(`${uuid}/checkpoint/`)) stored += size
      expect(stored).toBeLessThan(16 << 20)
    }
    expect(seen(survives((await life('b').start(1, 0, 8)).shard))).toEqual(seen(survives(now.shard)))
  })

  test('one that is given up for a store that refuses it loses nothing: the next one has it all', async () => {
    const { life } = makeBucket()
    const now = await life('a').start(1)
    set(now.shard, 'a', Uint8Array.of(1))
    await now.commit()
    await now.quiet()
    now.store.script = (verb) => {
      if (verb === 'put') throw new Error('forbidden')
      return undefined
    }
    set(now.shard, 'b', Uint8Array.of(2))
    await now.commit()
    await now.quiet()
    expect(now.warnings).toHaveLength(1)
    expect(now.manifests.current.checkpoint).toMatchObject({ number: 1 })
    now.store.script = () => undefined
    set(now.shard, 'c', Uint8Array.of(3))
    await now.commit()
    await now.quiet()
    expect(now.manifests.current.checkpoint).toMatchObject({ number: 3 })
    expect(seen(survives((await life('b').start(1)).shard))).toEqual(seen(survives(now.shard)))
  })

  test('the loop is told when one is written: states may have been unset since the last window', async () => {
    const { life } = makeBucket()
    const now = await life('a').start(2)
    for (const changes of [0, 1, 1, 2]) {
      await now.commit()
      await now.quiet()
      expect(now.changes).toBe(changes)
    }
  })

  test('one that is stopped is not pointed to', async () => {
    const { life } = makeBucket()
    const now = await life('a').start(1)
    set(now.shard, 'a', Uint8Array.of(1))
    now.store.script = (verb) => (verb === 'put' ? 'lost' : undefined)
    await now.commit()
    now.checkpoints.stop()
    now.store.script = () => undefined
    await now.quiet()
    expect(now.manifests.current.checkpoint).toBeUndefined()
    expect(now.warnings).toEqual([])
  })
})

describe('going back in time', () => {
  test('every commit within the retention is read as it was, through checkpoints and take-overs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.array(command, { maxLength: 5 }), { minLength: 1, maxLength: 7 }), {
          minLength: 1,
          maxLength: 3,
        }),
        async (lives) => {
          const { clock, bucket, life } = makeBucket()
          const states = new Map<string, State>()
          const times = new Map<string, number>()
          let now: CheckpointLife | undefined
          for (const [i, windows] of lives.entries()) {
            now = await life(`log${i}`).start(2, 10)
            for (const commands of windows) {
              for (const each of commands) perform(now.shard, each)
              await now.commit(2, () => states.set(`log${i}/${now!.number}`, survives(now!.shard)))
              times.set(`log${i}/${now.number}`, now.clockMs)
              await now.quiet()
            }
          }
          const { manifests, clockMs } = now!
          const reader = new LogReader(bucket, clock, uuid)
          const readable = new Set<string>()
          for (const { log, first, last } of readableCommits(manifests.current))
            for (let number = Math.max(1, first); number <= (last ?? now!.number); number++) {
              readable.add(`${log}/${number}`)
              const shard = await readCommit(bucket, reader, manifests.current, { log, number })
              const { clockMs } = now!
              expect(seen(survives(shard), clockMs)).toEqual(seen(states.get(`${log}/${number}`)!, clockMs))
            }
          for (const [commit, timeMs] of times)
            if (timeMs >= clockMs - 8) expect([...readable], `${timeMs} of ${clockMs}`).toContain(commit)
        },
      ),
      { numRuns: 60 },
    )
  })

  const withCommits = async (retainMs: number) => {
    const { clock, bucket, life } = makeBucket()
    const now = await life('a').start(2, retainMs)
    for (let i = 1; i <= 9; i++) {
      set(now.shard, 'a', Uint8Array.of(i))
      await now.commit()
      await now.quiet()
    }
    const reader = new LogReader(bucket, clock, uuid)
    const read = (log: string, number: number) => readCommit(bucket, reader, now.manifests.current, { log, number })
    return { bucket, now, read, life }
  }

  test('without retention only what the last checkpoint and the windows after it make', async () => {
    const { now, read } = await withCommits(0)
    expect(readableCommits(now.manifests.current)).toEqual([{ log: 'a', first: 8, last: undefined }])
    await read('a', 8)
    await read('a', 9)
  })

  test.each([
    ['a', 7],
    ['a', 10],
    ['b', 1],
  ])('a commit that is not there, %s %i, is an error that says what is', async (log, number) => {
    const { read } = await withCommits(0)
    await expect(read(log, number)).rejects.toMatchObject({
      code: 'COMMIT_UNKNOWN',
      message: expect.stringContaining('there are: a 8 to its end'),
    })
  })

  test('what was kept is removed once it is older than the retention', async () => {
    const { bucket, now, life } = await withCommits(5)
    const keys = async () => (await keysOf(bucket, `${uuid}/log/a/`)).filter((key) => /\d{12}$/.test(key))
    expect(now.manifests.current.retained.map(({ number }) => number)).toEqual([2, 4, 6])
    expect((await keys()).length).toBe(7)
    const heir = await life('b').start(1, 5)
    set(heir.shard, 'a', Uint8Array.of(0))
    await heir.commit()
    await heir.quiet()
    expect(heir.manifests.current.logs.map(({ log }) => log)).toEqual(['a', 'b'])
    for (let i = 0; i < 3; i++) {
      set(heir.shard, 'a', Uint8Array.of(i))
      await heir.commit(10)
      await heir.quiet()
    }
    expect(heir.manifests.current.logs.map(({ log }) => log)).toEqual(['b'])
    // Its seal.
    expect(await keys()).toHaveLength(1)
    await checkBucket(bucket, heir)
  })

  test('the number of checkpoints that are kept is bounded, and the windows bridge the rest', async () => {
    const { life } = makeBucket()
    const now = await life('a').start(1, 1_000)
    for (let i = 0; i < 400; i++) {
      set(now.shard, 'a', Uint8Array.of(i))
      await now.commit(3)
      await now.quiet()
    }
    expect(now.manifests.current.retained.length).toBeLessThanOrEqual(66)
    expect(now.manifests.current.retained.length).toBeGreaterThan(40)
  })
})
