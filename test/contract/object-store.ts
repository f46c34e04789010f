import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ObjectStore, PutOutcome } from '../../runtime/ports/object-store.ts'
import { utf8Decode, utf8Encode } from '../../runtime/model/bytes.ts'

export interface OpenStore {
  readonly store: ObjectStore
  /** Whether answers carry the time of a clock that is not this process's own. */
  readonly tellsTime: boolean
  dispose(): Promise<void>
}

/**
 * What every ObjectStore promises. `open` answers a store that is empty below its prefix; each suite opens one.
 *
 * Promised for no store, since MinIO keeps objects as files: a key that is a folder of another (MinIO lists nothing below
 * `l/` once there is an object `l`), and parts between slashes longer than 255 bytes.
 */
export const objectStoreContract = (name: string, open: () => Promise<OpenStore>): void => {
  describe(`object store contract: ${name}`, () => {
    let opened: OpenStore
    let store: ObjectStore
    beforeAll(async () => {
      opened = await open()
      store = opened.store
    })
    afterAll(() => opened.dispose())

    test('what is put is got back with the ETag that the put answered', async () => {
      const etag = etagOf(await store.put('plain', utf8Encode('hello')))
      const got = await store.get('plain')
      expect(got && utf8Decode(got.bytes)).toBe('hello')
      expect(got?.etag).toBe(etag)
    })

    test('an object that is not there is undefined', async () => {
      expect(await store.get('never-written')).toBeUndefined()
    })

    test('put replaces what is there', async () => {
      await store.put('twice', utf8Encode('a'))
      await store.put('twice', utf8Encode('longer than before'))
      expect(utf8Decode((await store.get('twice'))!.bytes)).toBe('longer than before')
    })

    test('bytes of every value survive, and so does an object without any', async () => {
      const every = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) & 0xff)
      await store.put('binary', every)
      await store.put('empty', new Uint8Array(0))
      expect(Buffer.compare((await store.get('binary'))!.bytes, every)).toBe(0)
      expect((await store.get('empty'))!.bytes.length).toBe(0)
    })

    test('bytes that the caller changes after a put, or after a get, do not change the object', async () => {
      const bytes = utf8Encode('kept')
      await store.put('copied', bytes)
      bytes.fill(0)
      ;(await store.get('copied'))!.bytes.fill(0)
      expect(utf8Decode((await store.get('copied'))!.bytes)).toBe('kept')
    })

    test('several mebibytes survive', async () => {
      const large = new Uint8Array(5 << 20).map((_, i) => (i >>> 8) & 0xff)
      await store.put('large', large)
      expect(Buffer.compare((await store.get('large'))!.bytes, large)).toBe(0)
    })

    test.each([
      'a/b/c',
      'a/b',
      'söme/ключ/鍵/🔑',
      'with space/and+plus&more=1',
      'percent%20',
      '..dots',
      `${'long'.repeat(60)}/${'long'.repeat(60)}`,
    ])('the key %s is as good as any', async (key) => {
      await store.put(key, utf8Encode(key))
      expect(utf8Decode((await store.get(key))!.bytes)).toBe(key)
      const listed = await collect(store, key)
      expect(listed).toContain(key)
      await store.delete([key])
      expect(await store.get(key)).toBeUndefined()
    })

    test('answers carry the time of the store where it has a clock of its own', async () => {
      const put = await store.put('timed', utf8Encode('x'))
      const got = await store.get('timed')
      for (const answer of [put.kind === 'ok' ? put : undefined, got]) {
        expect(answer).toBeDefined()
        if (opened.tellsTime) expect(answer?.storeTimeMs).toBeGreaterThan(1e12)
        else expect(answer?.storeTimeMs).toBeUndefined()
      }
    })
  })

  describe(`object store contract, conditional writes: ${name}`, () => {
    let opened: OpenStore
    let store: ObjectStore
    beforeAll(async () => {
      opened = await open()
      store = opened.store
    })
    afterAll(() => opened.dispose())

    test('putIfAbsent creates once and leaves what is there alone', async () => {
      expect((await store.putIfAbsent('once', utf8Encode('first'))).kind).toBe('ok')
      expect(await store.putIfAbsent('once', utf8Encode('second'))).toEqual({ kind: 'conflict' })
      expect(utf8Decode((await store.get('once'))!.bytes)).toBe('first')
    })

    test('putIfAbsent with the very bytes that are there is a conflict too', async () => {
      await store.putIfAbsent('same', utf8Encode('same'))
      expect(await store.putIfAbsent('same', utf8Encode('same'))).toEqual({ kind: 'conflict' })
    })

    test('putIfAbsent succeeds again after a delete', async () => {
      await store.putIfAbsent('again', utf8Encode('1'))
      await store.delete(['again'])
      expect((await store.putIfAbsent('again', utf8Encode('2'))).kind).toBe('ok')
    })

    test('putIfMatch replaces under the right ETag alone', async () => {
      const first = etagOf(await store.put('swap', utf8Encode('1')))
      const second = etagOf(await store.putIfMatch('swap', utf8Encode('2'), first))
      expect(await store.putIfMatch('swap', utf8Encode('3'), first)).toEqual({ kind: 'conflict' })
      expect(await store.putIfMatch('swap', utf8Encode('3'), '"0123456789abcdef0123456789abcdef"')).toEqual({
        kind: 'conflict',
      })
      expect((await store.get('swap'))!.etag).toBe(second)
      expect(utf8Decode((await store.get('swap'))!.bytes)).toBe('2')
    })

    test('putIfMatch takes the ETag that a get answered', async () => {
      await store.put('read-modify-write', utf8Encode('1'))
      const { etag } = (await store.get('read-modify-write'))!
      expect((await store.putIfMatch('read-modify-write', utf8Encode('2'), etag)).kind).toBe('ok')
    })

    test('rule 30: putIfMatch of an object that is not there is a conflict, and creates nothing', async () => {
      const etag = etagOf(await store.put('gone', utf8Encode('1')))
      await store.delete(['gone'])
      expect(await store.putIfMatch('gone', utf8Encode('2'), etag)).toEqual({ kind: 'conflict' })
      expect(await store.get('gone')).toBeUndefined()
    })

    test('rule 30: of many parallel creators exactly one wins, in every round, and its bytes stay', async () => {
      for (let round = 0; round < 10; round++) {
        const key = `race/create/${round}`
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, i) => store.putIfAbsent(key, utf8Encode(`writer ${i}`))),
        )
        const winners = outcomes.flatMap(({ kind }, i) => (kind === 'ok' ? [i] : []))
        expect(winners).toHaveLength(1)
        expect(utf8Decode((await store.get(key))!.bytes)).toBe(`writer ${winners[0]}`)
      }
    })

    test('rule 30: of many parallel swappers exactly one wins, in every round, and its bytes stay', async () => {
      let etag = etagOf(await store.put('race/swap', utf8Encode('begin')))
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, i) => store.putIfMatch('race/swap', utf8Encode(`${round} by ${i}`), etag)),
        )
        const winners = outcomes.flatMap((outcome, i) => (outcome.kind === 'ok' ? [{ i, etag: outcome.etag }] : []))
        expect(winners).toHaveLength(1)
        etag = winners[0]!.etag
        expect(utf8Decode((await store.get('race/swap'))!.bytes)).toBe(`${round} by ${winners[0]!.i}`)
      }
    })
  })

  describe(`object store contract, list and delete: ${name}`, () => {
    let opened: OpenStore
    let store: ObjectStore
    beforeAll(async () => {
      opened = await open()
      store = opened.store
    })
    afterAll(() => opened.dispose())

    test('list answers the keys with a prefix, in the order of their bytes, with sizes and times', async () => {
      for (const key of ['l/b', 'l/a', 'l/aa', 'l/ä', 'm/x', 'l2', 'l/B', 'l/b2/1', 'l/b-'])
        await store.put(key, utf8Encode(key))
      expect(await collect(store, 'l/')).toEqual(['l/B', 'l/a', 'l/aa', 'l/b', 'l/b-', 'l/b2/1', 'l/ä'])
      expect(await collect(store, 'l/a')).toEqual(['l/a', 'l/aa'])
      expect(await collect(store, 'nothing/')).toEqual([])
      for await (const listed of store.list('m/')) {
        expect(listed.size).toBe(3)
        expect(listed.modifiedMs).toBeGreaterThan(1e12)
      }
    })

    test('an empty prefix lists everything of this store, and nothing above it', async () => {
      const keys = await collect(store, '')
      expect(keys).toContain('m/x')
      for (const key of keys) expect(await store.get(key)).toBeDefined()
    })

    test('list goes on past a thousand keys, and delete takes as many at once', async () => {
      const keys = Array.from({ length: 1_205 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
      for (let i = 0; i < keys.length; i += 50)
        await Promise.all(keys.slice(i, i + 50).map((key) => store.put(key, utf8Encode('x'))))
      expect(await collect(store, 'many/')).toEqual(keys)
      await store.delete(keys.slice(1))
      expect(await collect(store, 'many/')).toEqual(keys.slice(0, 1))
    })

    test('deleting what is not there, or nothing, succeeds', async () => {
      await store.delete(['not/there'])
      await store.delete([])
    })
  })
}

const etagOf = (outcome: PutOutcome): string => {
  if (outcome.kind !== 'ok') throw new Error(`put ended with ${outcome.kind}`)
  return outcome.etag
}

const collect = async (store: ObjectStore, prefix: string): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}
