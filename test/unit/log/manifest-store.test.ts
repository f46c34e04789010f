import { describe, expect, test } from 'vitest'
import { encodeCheckedJson } from '../../../runtime/log/checked-json.ts'
import { ManifestStore } from '../../../runtime/log/manifest-store.ts'
import { decodeManifest, encodeManifest, type Manifest } from '../../../runtime/log/manifest.ts'
import { manifestKey } from '../../../runtime/log/names.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { FaultyStore, type Fault } from './faulty-store.ts'
import { SkippingClock } from './skipping-clock.ts'

const manifest: Manifest = {
  format: 2,
  counter: 1,
  writer: 'a',
  uuid: 'app',
  application: 'name',
  maxParallelism: 960,
  replacedBy: undefined,
  slots: 24,
  markers: { topic: 'm', partitions: 16 },
  logs: [
    { log: 'old', sealedAt: 7, drainer: 'a', drained: true },
    { log: 'a', sealedAt: undefined, drainer: undefined, drained: false },
  ],
  checkpoint: undefined,
  retained: [],
}
const pointer = (number: number) => ({ log: 'a', number, clockMs: 5, root: 'x' })

const makeStores = async () => {
  const clock = new SkippingClock()
  const store = new FaultyStore(memoryStore(clock))
  const own = new ManifestStore(store, clock, 'app', 'a')
  expect(await own.create(manifest)).toBe(true)
  const other = new ManifestStore(store, clock, 'app', 'b')
  await other.read()
  const inBucket = async () => decodeManifest((await store.get(manifestKey('app')))!.bytes, 'm')
  return { clock, store, own, other, inBucket }
}
const puts = (store: FaultyStore, ...faults: Fault[]): void => {
  store.script = (verb) => (verb === 'putIfMatch' || verb === 'putIfAbsent' ? faults.shift() : undefined)
}

test('a manifest is read as it was written', () => {
  for (const checkpoint of [undefined, pointer(3)])
    expect(decodeManifest(encodeManifest({ ...manifest, checkpoint }), 'm')).toEqual({ ...manifest, checkpoint })
})

describe('changing the manifest', () => {
  test.each<Fault[]>([['landed'], ['lost'], ['late'], ['lost', 'landed'], ['late', 'landed']])(
    'rule 27: after %s it is read back, and counts once',
    async (...faults) => {
      const { store, own, inBucket } = await makeStores()
      puts(store, ...faults)
      expect(await own.update({ checkpoint: pointer(1) })).toBe('written')
      await store.landLate()
      expect(await inBucket()).toMatchObject({ counter: 2, writer: 'a', checkpoint: pointer(1) })
      expect(await own.update({ checkpoint: pointer(2) })).toBe('written')
      expect(await inBucket()).toMatchObject({ counter: 3, checkpoint: pointer(2) })
    },
  )

  test('rule 18: what another has changed since is not overwritten', async () => {
    const { own, other, inBucket } = await makeStores()
    expect(await other.update({ slots: 48 })).toBe('written')
    expect(await own.update({ checkpoint: pointer(1) })).toBe('superseded')
    expect(own.current.checkpoint).toBeUndefined()
    expect(await inBucket()).toMatchObject({ slots: 48, writer: 'b' })
    expect(await own.isStillOurs()).toBe(false)
  })

  test('rule 27: an ambiguous write that another has built upon is superseded', async () => {
    const { store, own, other } = await makeStores()
    store.script = async (verb) => {
      if (verb !== 'putIfMatch') return
      store.script = async (next) => {
        if (next !== 'putIfMatch') return
        store.script = () => undefined
        await other.read()
        expect(await other.update({ slots: 48 })).toBe('written')
      }
      return 'landed'
    }
    expect(await own.update({ checkpoint: pointer(1) })).toBe('superseded')
  })

  test('rule 27: reading back is repeated until it is answered', async () => {
    const { store, own, inBucket } = await makeStores()
    let reads = 0
    let puts = 0
    store.script = (verb) => {
      if (verb === 'putIfMatch' && puts++ === 0) return 'landed'
      if (verb === 'get' && reads++ < 2) return 'lost'
    }
    expect(await own.update({ checkpoint: pointer(1) })).toBe('written')
    expect(reads).toBeGreaterThan(2)
    expect(await inBucket()).toMatchObject({ checkpoint: pointer(1) })
  })

  test('rule 20: a pointer that was not written is never taken for written, though the counter is the same', async () => {
    const { store, own } = await makeStores()
    // An earlier write of this incarnation took effect; it does not know.
    const twin = new ManifestStore(store, new SkippingClock(), 'app', 'a')
    await twin.read()
    expect(await twin.update({ checkpoint: pointer(1) })).toBe('written')
    expect(await own.update({ checkpoint: pointer(2) })).toBe('superseded')
  })

  test('of two that create it one wins, also when the answer is lost', async () => {
    for (const fault of ['landed', 'lost'] as const) {
      const clock = new SkippingClock()
      const store = new FaultyStore(memoryStore(clock))
      puts(store, fault)
      const wins = await Promise.all(
        ['a', 'b'].map((writer) => new ManifestStore(store, clock, 'app', writer).create({ ...manifest, writer })),
      )
      expect(wins.filter(Boolean)).toHaveLength(1)
    }
  })
})

test('what is no manifest is refused by its key', () => {
  const text = (change: object) => encodeCheckedJson({ ...manifest, ...change })
  for (const bytes of [
    new Uint8Array(0),
    new TextEncoder().encode('{'),
    new TextEncoder().encode('[]'),
    text({ format: 3 }),
    text({ retained: [{}] }),
    text({ counter: -1 }),
    text({ counter: 1.5 }),
    text({ logs: {} }),
    text({ logs: [{ log: 1 }] }),
    text({ checkpoint: { log: 'a' } }),
    text({ markers: null }),
  ])
    expect(() => decodeManifest(bytes, 'the-key')).toThrow(/the-key/)
})
