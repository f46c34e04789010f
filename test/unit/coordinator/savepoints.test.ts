import { describe, expect, test } from 'vitest'
import { compareSavepoints } from '../../../runtime/log/savepoint/compare.ts'
import { loadSavepoint } from '../../../runtime/log/savepoint/load-savepoint.ts'
import { SavepointFolder } from '../../../runtime/log/savepoint/savepoint-folder.ts'
import { parquetFiles } from '../../../runtime/platform/parquet.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import type { TransactionalLog } from '../../../runtime/ports/transactional-log.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { byKey, emitted } from './counter.ts'
import { countsOf, makeSavepointWorld, settled, stop } from './savepoint-world.ts'
import { refusing } from './refusing-log.ts'
import { eventually } from './world.ts'

const keys = Array.from({ length: 40 }, (_, i) => `key${i}`)

/** Feeds `rounds` records of each key while `act` goes on. */
const feeding = async <T>(
  feed: (key: string, value: string) => void,
  from: number,
  rounds: number,
  act: () => Promise<T>,
) => {
  const acting = act()
  for (let round = from; round < from + rounds; round++) {
    for (const key of keys) feed(key, `r${round}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return acting
}

describe('a savepoint of a running coordinator', () => {
  test('forks it under load: each input has its effect once in the original and once in the fork', async () => {
    const { world, outs, save, restore, folder } = await makeSavepointWorld({
      routes: [byKey],
      settings: { checkpoint: { windowsMax: 3, bytesMax: 1 << 30 } },
    })
    await world.log.createTopic({ name: 's.out', partitions: 4, replicationFactor: undefined, compacted: false })
    await world.log.createTopic({ name: 's.dead', partitions: 4, replicationFactor: undefined, compacted: false })
    const original = await world.start()
    await feeding(world.feed, 0, 20, async () => undefined)
    const first = await feeding(world.feed, 20, 30, () => save(original))
    expect(first.commit.number).toBeGreaterThan(0)
    const shadow = { egress: 'redirect' as const, topicPrefix: 's.' }
    const bucket = memoryStore(systemClock)
    await restore('a', { as: 'fork', store: bucket, settings: { maxParallelism: 120, shadow } })
    const fork = await world.start({
      store: bucket,
      topology: { application: 'fork' },
      settings: { maxParallelism: 120, shadow },
    })
    await feeding(world.feed, 50, 10, async () => undefined)
    await settled(original)
    await settled(fork)

    expect(await countsOf(original)).toEqual(new Map(keys.map((key) => [key, 60])))
    await eventually(async () => (await outs()).length >= keys.length * 60)
    const all = keys.flatMap((key) => Array.from({ length: 60 }, (_, i) => `${key}:r${i}:${i + 1}`))
    expect((await outs()).sort()).toEqual(all.toSorted())
    // What the fork has put out is what came after the savepoint, and nothing else.
    const { shard } = await loadSavepoint(folder('a'), first, parquetFiles)
    const before = new Map([...shard.actorsOf(shard.tables[0]!)].map(({ id }) => [id, countIn(shard, id)]))
    const after = keys.flatMap((key) =>
      Array.from({ length: 60 }, (_, i) => `${key}:r${i}:${i + 1}`).slice(before.get(key) ?? 0),
    )
    await eventually(async () => (await world.committed('s.out')).length >= after.length)
    expect(emitted(await world.committed('s.out')).sort()).toEqual(after.toSorted())
    expect(after.length).toBeLessThan(all.length)

    const [a, b] = [await save(original, 'end'), await save(fork, 'fork-end')]
    const ends = [
      { folder: folder('end'), description: a },
      { folder: folder('fork-end'), description: b },
    ] as const
    const [counts] = await compareSavepoints(...ends, parquetFiles)
    expect(counts).toMatchObject({ equal: keys.length, different: 0, onlyInFirst: 0, onlyInSecond: 0 })
    const [changed] = await compareSavepoints({ folder: folder('a'), description: first }, ends[1], parquetFiles)
    expect(changed).toMatchObject({ equal: 0, different: before.size, onlyInSecond: keys.length - before.size })
    expect(a.uuid).not.toBe(b.uuid)
    await stop(original)
    await stop(fork)
  })

  test('is written one at a time, under a name that is free, and beside the application’s state', async () => {
    const { world } = await makeSavepointWorld({ routes: [byKey] })
    const running = await world.start()
    world.feed('bob', 'a')
    await settled(running)
    const both = await Promise.allSettled([running.savepoint('x', parquetFiles), running.savepoint('y', parquetFiles)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both).toContainEqual({ status: 'rejected', reason: expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) })
    // The same name twice: the second does not disturb the first.
    const twice = await Promise.allSettled([running.savepoint('w', parquetFiles), running.savepoint('w', parquetFiles)])
    expect(twice.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    const w = new SavepointFolder(world.store, systemClock, `${await uuidOf(world.store)}/savepoints/w`)
    await expect(loadSavepoint(w, await w.described(), parquetFiles)).resolves.toBeDefined()
    const { uuid, name } = await running.savepoint('z', parquetFiles)
    const found: string[] = []
    for await (const { key } of world.store.list(`${uuid}/savepoints/${name}/`)) found.push(key.split('/').at(-1)!)
    expect(found).toContain('savepoint.json')
    expect(found).toContain('state-0001.parquet')
    await expect(running.savepoint('z', parquetFiles)).rejects.toMatchObject({ code: 'SAVEPOINT_EXISTS' })
    await expect(running.savepoint('../z', parquetFiles)).rejects.toMatchObject({ code: 'SETTING_INVALID' })
    await stop(running)
    await expect(running.savepoint('later', parquetFiles)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  test('is complete only once everything that its window has caused is published', async () => {
    const { world, save } = await makeSavepointWorld({ routes: [byKey] })
    const held = makeHeldLog(world.log.connect())
    const running = await world.start({ kafka: held.kafka })
    world.feed('bob', 'a')
    await eventually(async () => (await countsOf(running)).get('bob') === 1)
    let done = false
    const saving = save(running).finally(() => (done = true))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(done).toBe(false)
    held.release()
    const { commit } = await saving
    expect(emitted(await world.committed('out'))).toEqual(['bob:a:1'])
    expect(commit.log).toBe(running.log)
    await stop(running)
  })
})

test('rule 17: a record of its window that is refused only after it was closed is in it, and is retried by a fork', async () => {
  const { world, save, restore } = await makeSavepointWorld({ routes: [byKey] })
  const state = { refusing: true }
  const held = makeHeldLog(refusing(world.log.connect(), state))
  const running = await world.start({ kafka: held.kafka })
  world.feed('bob', 'a')
  await eventually(async () => (await countsOf(running)).get('bob') === 1)
  const saving = save(running)
  const parkedOf = (of: typeof running) => of.read(({ undelivered }) => [...undelivered.values()])
  // The snapshot is taken by now, and nothing was refused yet.
  await eventually(async () => (await running.read(({ changes }) => changes.epoch)) === 3)
  expect(await parkedOf(running)).toEqual([])
  held.release()
  const { files } = await saving
  expect(files.find(({ kind }) => kind === 'undelivered')).toMatchObject({ rows: 1 })
  await eventually(async () => (await parkedOf(running)).length === 1)
  await stop(running)
  state.refusing = false
  await restore('a')
  const fork = await world.start({ topology: { application: 'fork' } })
  expect(await parkedOf(fork)).toMatchObject([{ topic: 'out', place: { log: running.log } }])
  await eventually(async () => (await fork.retryUndelivered()) === 1)
  await eventually(async () => (await world.committed('out')).length === 1)
  expect(await parkedOf(fork)).toEqual([])
  await stop(fork)
})

describe('rule 29: what is restored is new', () => {
  test('it has its own ids, markers and log, and the elder goes on beside it', async () => {
    const { world, save, restore } = await makeSavepointWorld({ routes: [byKey] })
    const running = await world.start()
    world.feed('bob', 'a')
    await settled(running)
    const savepoint = await save(running)
    const { uuid } = await restore('a')
    expect(uuid).not.toBe(savepoint.uuid)
    const fork = await world.start({ topology: { application: 'fork' }, settings: { shadow: hold } })
    expect(await countsOf(fork)).toEqual(new Map([['bob', 1]]))
    expect(fork.log).not.toBe(running.log)
    world.feed('bob', 'b')
    await eventually(async () => (await countsOf(fork)).get('bob') === 2)
    await eventually(async () => (await countsOf(running)).get('bob') === 2)
    expect([fork.state, running.state]).toEqual(['running', 'running'])
    // The fork's records are held back.
    await eventually(async () => (await world.committed('out')).length === 2)
    await stop(fork)
    await stop(running)
    expect(emitted(await world.committed('out'))).toEqual(['bob:a:1', 'bob:b:2'])
    const again = await world.start({ topology: { application: 'fork' }, settings: { shadow: hold } })
    expect(await countsOf(again)).toEqual(new Map([['bob', 2]]))
    await stop(again)
  })

  test('a name that is taken is refused, and nothing is left behind', async () => {
    const { world, save, restore } = await makeSavepointWorld({ routes: [byKey] })
    const running = await world.start()
    await save(running)
    const before = await keysOf(world.store)
    await expect(restore('a', { as: 'test' })).rejects.toMatchObject({ code: 'APPLICATION_EXISTS' })
    expect(await keysOf(world.store)).toEqual(before)
    await stop(running)
  })

  test('with replace the elder is fenced, its egress published, and it can never be started again', async () => {
    const { world, save, restore, outs } = await makeSavepointWorld({ routes: [byKey] })
    const elder = await world.start()
    world.feed('bob', 'a')
    await settled(elder)
    await save(elder)
    world.feed('bob', 'b')
    await settled(elder)
    const { uuid, savepoint } = await restore('a', { as: 'test', replace: true })
    expect(await elder.ended).toBe('fenced')
    expect((await outs()).sort()).toEqual(['bob:a:1', 'bob:b:2'])
    // Back to the savepoint: the second record is read again.
    const heir = await world.start()
    await eventually(async () => (await countsOf(heir)).get('bob') === 2)
    await stop(heir)
    const name = await world.store.get('applications/test')
    expect(Buffer.from(name!.bytes).toString()).toContain(uuid)
    const manifest = await world.store.get(`${savepoint.uuid}/manifest`)
    expect(JSON.parse(Buffer.from(manifest!.bytes).toString())).toMatchObject({ replacedBy: uuid })
    await world.store.put('applications/test', Buffer.from(JSON.stringify({ format: 1, uuid: savepoint.uuid })))
    await expect(world.start()).rejects.toMatchObject({ code: 'APPLICATION_CHANGED' })
    // An interrupted replacement is repeated.
    await restore('a', { as: 'test', replace: true })
    const last = await world.start()
    await eventually(async () => (await countsOf(last)).get('bob') === 2)
    await stop(last)
  })
})

const uuidOf = async (store: { list(prefix: string): AsyncIterable<{ key: string }> }): Promise<string> =>
  (await keysOf(store)).find((key) => key.endsWith('/manifest'))?.split('/')[0] ?? ''

const hold = { egress: 'hold' as const, topicPrefix: 's.' }

const keysOf = async (store: { list(prefix: string): AsyncIterable<{ key: string }> }): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of store.list('')) if (!key.includes('/log/')) keys.push(key)
  return keys
}

const countIn = (shard: Awaited<ReturnType<typeof loadSavepoint>>['shard'], id: string): number => {
  const cells = shard.find(shard.tables[0]!, id)!.cells(0)
  return cells?.kind === 'value' ? Buffer.from(cells.value).readInt32LE(1) : 0
}

/** A log whose transactions do not end until they are released. */
const makeHeldLog = (real: TransactionalLog) => {
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const kafka = new Proxy(real, {
    get: (target, name) =>
      name === 'producer'
        ? async (id: string, timeoutMs: number) => {
            await released
            return target.producer(id, timeoutMs)
          }
        : Reflect.get(target, name).bind(target),
  })
  return { kafka, release }
}
