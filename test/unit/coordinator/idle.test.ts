import { expect, test } from 'vitest'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'
import type { Shard } from '../../../runtime/shard/shard.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { FaultyStore } from '../log/faulty-store.ts'
import { counterHandlers, callOf } from './counter.ts'
import { idsOf } from '../shard/model.ts'
import { eventually, makeWorld } from './world.ts'

const hourMs = 3_600_000
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('an idle application writes nothing, whatever time passes', async () => {
  const clock = new ManualClock(Date.now())
  const store = new FaultyStore(memoryStore(clock))
  const world = await makeWorld([counterHandlers])
  // All that could be written for what was done is due at once.
  const settings = { checkpoint: { windowsMax: 1, bytesMax: 1, retainMs: hourMs } }
  const starting = world.start({ clock, store, settings })
  let running: Awaited<typeof starting> | undefined
  void starting.then((started) => (running = started))
  const pass = async (ms: number, steps: number): Promise<void> => {
    for (let i = 0; i < steps; i++) {
      clock.advance(ms)
      for (let turns = 0; turns < 5; turns++) await turn()
    }
  }
  await eventually(async () => (await pass(10, 1), running))
  const call = callOf(running!, 'bob', 'one', 'key')
  await eventually(async () => (await pass(10, 1), call.answered))
  await pass(100, 100)
  const before = store.requests.length
  expect(store.requests.some(({ key }) => key.endsWith('/root'))).toBe(true)
  await pass(60_000, 2 * 24 * 60)
  const since = store.requests.slice(before)
  expect(new Set(since.map(({ verb }) => verb))).toEqual(new Set(['get']))
  // A look at the manifest now and then is all.
  expect(since.every(({ key }) => key.endsWith('/manifest'))).toBe(true)
  running!.drain()
  await eventually(async () => (await pass(100, 1), running!.state === 'ended'))
})

test('states that a checkpoint has unset are unset by a window of their own, though nothing else happens', async () => {
  const world = await makeWorld([counterHandlers])
  const store = new FaultyStore(world.store)
  const settings = { checkpoint: { windowsMax: 1, bytesMax: 1 << 30 } }
  const running = await world.start({ store, settings })
  const roots = () => store.requests.filter(({ key }) => key.endsWith('/root')).length
  const setAndExpire = (id: string) => (shard: Shard) => {
    const actor = shard.actor(shard.tables[0]!, id)
    shard.mutate(actor, [{ op: 'set', state: 0, value: Uint8Array.of(1) }])
    shard.expireAt(actor, 0, id === 'over' ? 1 : 4_000_000_000_000)
  }
  // The first checkpoint comes once nothing is left of earlier lives.
  do await running.read(setAndExpire('lasting'))
  while (roots() === 0)
  await eventually(async () => {
    const last = store.requests.length
    await new Promise((resolve) => setTimeout(resolve, 50))
    return store.requests.length === last
  })
  const windows = () => store.requests.filter(({ verb, key }) => verb === 'putIfAbsent' && /\/\d{12}$/.test(key)).length
  const before = windows()
  await running.read(setAndExpire('over'))
  // The one with the state, and the one that unsets it.
  await eventually(() => windows() === before + 2)
  const heir = await world.start()
  const ids = await heir.read((shard) => idsOf(shard))
  expect(ids).toEqual(['lasting'])
})
