import { describe, expect, test } from 'vitest'
import { applicationUuid } from '../../../runtime/log/application.ts'
import { seal, unseal } from '../../../runtime/log/envelope.ts'
import { decodeManifest } from '../../../runtime/log/manifest.ts'
import { applicationKey, entryKey, manifestKey, openKey } from '../../../runtime/log/names.ts'
import { isMillraceError } from '../../../runtime/model/errors.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import type { ObjectStore } from '../../../runtime/ports/object-store.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { itemsOf, Owner, uuid } from './owner.ts'
import { SkippingClock } from './skipping-clock.ts'

/** Every way in which one bit of an object can be wrong, and every length at which it can end too early. */
function* damaged(bytes: Uint8Array): Generator<readonly [string, Uint8Array]> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    yield [`bit ${bit} flipped`, flipped]
  }
  for (let length = 0; length < bytes.length; length++) yield [`cut at ${length}`, bytes.slice(0, length)]
}

/** A store in which one object is another. */
const withObject = (real: ObjectStore, key: string, bytes: Uint8Array): ObjectStore => ({
  get: async (asked) =>
    asked === key ? { bytes: bytes.slice(), etag: '"x"', storeTimeMs: undefined } : real.get(asked),
  putIfAbsent: async (asked, put) =>
    asked === key || (await real.get(asked)) ? { kind: 'conflict' } : real.putIfAbsent(asked, put),
  // Nothing of a trial may reach the next one.
  putIfMatch: async () => ({ kind: 'ok', etag: '"y"', storeTimeMs: undefined }),
  put: (asked, put) => real.put(asked, put),
  list: (prefix) => real.list(prefix),
  delete: (keys) => real.delete(keys),
  close: () => real.close(),
})

const named = (key: string, what: string, error: unknown): void => {
  expect(isMillraceError(error) && error.code, what).toBe('STORE_CORRUPT')
  expect(isMillraceError(error) && error.message, what).toContain(key)
}

describe('an object that is not as it was written is never read as good', () => {
  const makeBucket = async () => {
    const clock = new SkippingClock()
    const store = memoryStore(clock)
    const elder = await new Owner(store, clock, 'a').takeOver()
    for (const item of [1, 2, 3]) await elder.commit(item)
    await elder.checkpoint()
    await elder.commit(4)
    // A second one has sealed the log of the first.
    const owner = await new Owner(store, clock, 'b').takeOver()
    await owner.commit(5)
    return { clock, store, elder, owner }
  }

  test('windows, seals, roots and segments: a recovery names the key', async () => {
    const { clock, store, elder } = await makeBucket()
    const { root, segments } = { root: elder.manifests.current.checkpoint!, segments: elder.root!.segments }
    const keys = [
      ['window', entryKey(uuid, 'a', 4)],
      ['window', entryKey(uuid, 'b', 1)],
      ['root', 'root' in root ? root.root : ''],
      ...segments.map(({ key }) => ['segment', key]),
    ] as const
    for (const [kind, key] of keys) {
      const { bytes } = (await store.get(key!))!
      expect(unseal(bytes, key!).kind).toBe(kind)
      for (const [what, wrong] of damaged(bytes)) {
        const heir = new Owner(withObject(store, key!, wrong), clock, 'c')
        await heir.takeOver().then(
          () => expect.unreachable(`${kind}, ${what}: read as ${itemsOf(heir.recovered.shard).join()}`),
          (error: unknown) => named(key!, `${kind}, ${what}`, error),
        )
      }
    }
    const heir = await new Owner(store, clock, 'c').takeOver()
    expect(itemsOf(heir.recovered.shard)).toEqual([1, 2, 3, 4, 5])
  })

  test('a seal: who commits against it does not go on', async () => {
    const { clock, store } = await makeBucket()
    const key = entryKey(uuid, 'a', 5)
    const { bytes } = (await store.get(key))!
    expect(unseal(bytes, key).kind).toBe('seal')
    const zombie = (seen: ObjectStore) => {
      const owner = new Owner(seen, clock, 'a')
      owner.number = 4
      return owner.commitBlank()
    }
    expect(await zombie(store)).toBe('sealed')
    for (const [what, wrong] of damaged(bytes))
      await zombie(withObject(store, key, wrong)).then(
        () => expect.unreachable(what),
        (error: unknown) => named(key, what, error),
      )
  })

  test('the claim of a log', async () => {
    const { store } = await makeBucket()
    const key = openKey(uuid, 'a')
    for (const [what, wrong] of damaged((await store.get(key))!.bytes)) {
      try {
        // Nobody asks what it says; its kind tells that it is one.
        if (unseal(wrong, key).kind === 'open') expect.unreachable(what)
      } catch (error) {
        named(key, what, error)
      }
    }
  })

  test('the manifest', async () => {
    const { store } = await makeBucket()
    const key = manifestKey(uuid)
    const { bytes } = (await store.get(key))!
    for (const [what, wrong] of damaged(bytes)) {
      try {
        decodeManifest(wrong, key)
        expect.unreachable(what)
      } catch (error) {
        named(key, what, error)
      }
    }
  })

  test('the name of an application', async () => {
    const clock = new SkippingClock()
    const store = memoryStore(clock)
    const uuidIn = (from: ObjectStore) => applicationUuid(from, clock, seededRandom(1), 'bank', false)
    const made = await uuidIn(store)
    expect(await uuidIn(store)).toBe(made)
    const key = applicationKey('bank')
    for (const [what, wrong] of damaged((await store.get(key))!.bytes))
      await uuidIn(withObject(store, key, wrong)).then(
        () => expect.unreachable(what),
        (error: unknown) => named(key, what, error),
      )
  })

  test('a segment under the name of another, and a root of another checkpoint', async () => {
    const { clock, store, elder } = await makeBucket()
    const pointer = elder.manifests.current.checkpoint!
    const [segment] = elder.root!.segments
    const other = await store.get(segment!.key)
    const rename = other!.bytes.slice()
    for (const [key, bytes] of [
      [segment!.key, seal('segment', 99, (out) => [out.text('z'), out.uint(1), out.uint(0)])],
      ['root' in pointer ? pointer.root : '', rename],
    ] as const)
      await expect(new Owner(withObject(store, key, bytes), clock, 'c').takeOver()).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining(key),
      })
  })
})
