import { expect, test } from 'vitest'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { MillraceError } from '../../../runtime/model/errors.ts'
import { ManualClock } from '../../../runtime/platform/manual-clock.ts'
import { seededRandom } from '../../../runtime/platform/seeded-random.ts'
import type { ObjectStore, PutOutcome } from '../../../runtime/ports/object-store.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { probeStore } from '../../../runtime/storage/probe.ts'
import { SkippingClock } from '../log/skipping-clock.ts'

/** A good store with some of its methods broken. */
const storeWith = (broken: (good: ObjectStore) => Partial<ObjectStore>) => {
  const clock = new SkippingClock()
  const good = memoryStore(clock)
  const store: ObjectStore = {
    get: (key) => good.get(key),
    put: (key, bytes) => good.put(key, bytes),
    putIfAbsent: (key, bytes) => good.putIfAbsent(key, bytes),
    putIfMatch: (key, bytes, etag) => good.putIfMatch(key, bytes, etag),
    list: (prefix) => good.list(prefix),
    delete: (keys) => good.delete(keys),
    close: () => good.close(),
    ...broken(good),
  }
  return { clock, good, store, probe: () => probeStore(store, seededRandom(1), clock) }
}

const pause = async (turns: number): Promise<void> => {
  for (let i = 0; i < turns; i++) await Promise.resolve()
}
const conflict: PutOutcome = { kind: 'conflict' }
const unknown: PutOutcome = { kind: 'unknown', cause: new Error('reset') }

const keysOf = async (store: ObjectStore): Promise<string[]> => {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

test('rule 30: a good store passes, and nothing of the probe stays behind', async () => {
  const { probe, good } = storeWith(() => ({}))
  await probe()
  expect(await keysOf(good)).toEqual([])
})

test.each<[string, (good: ObjectStore) => Partial<ObjectStore>, RegExp]>([
  [
    'ignores If-None-Match',
    (good) => ({ putIfAbsent: (key, bytes) => good.put(key, bytes) }),
    /If-None-Match: \*, 8 succeeded/,
  ],
  ['ignores If-Match', (good) => ({ putIfMatch: (key, bytes) => good.put(key, bytes) }), /If-Match, 8 succeeded/],
  [
    'checks for the object first and writes later',
    (good) => ({
      putIfAbsent: async (key, bytes) => {
        if (await good.get(key)) return conflict
        await pause(5)
        return good.put(key, bytes)
      },
    }),
    /If-None-Match: \*, 8 succeeded/,
  ],
  [
    'checks the ETag first and writes later, in few races',
    (good) => {
      let swaps = 0
      return {
        putIfMatch: async (key, bytes, etag) => {
          if (swaps++ < 100) return good.putIfMatch(key, bytes, etag)
          if ((await good.get(key))?.etag !== etag) return conflict
          await pause(5)
          return good.put(key, bytes)
        },
      }
    },
    /If-Match, \d succeeded/,
  ],
  [
    'lets the last writer win after it has told the first one so',
    (good) => {
      const taken = new Set<string>()
      return {
        putIfAbsent: async (key, bytes) => {
          const first = !taken.has(key)
          taken.add(key)
          const put = await good.put(key, bytes)
          return first ? put : conflict
        },
      }
    },
    /could not be read back|another one's bytes/,
  ],
  [
    'creates by If-Match',
    (good) => ({
      putIfMatch: async (key, bytes, etag) =>
        (await good.get(key)) ? good.putIfMatch(key, bytes, etag) : good.put(key, bytes),
    }),
    /If-Match created/,
  ],
  ['refuses every conditional write', () => ({ putIfAbsent: async () => conflict }), /was refused/],
  ['refuses every swap', () => ({ putIfMatch: async () => conflict }), /If-Match, none succeeded/],
  [
    'answers an ETag of its own to each GET',
    (good) => ({
      get: async (key) => {
        const got = await good.get(key)
        return got && { ...got, etag: '"weak"' }
      },
    }),
    /another ETag/,
  ],
  ['does not list what was written', () => ({ list: async function* () {} }), /missing from a list/],
])('rule 30: a store that %s is refused, and its objects deleted', async (_what, broken, says) => {
  const { probe, good } = storeWith(broken)
  await expect(probe()).rejects.toMatchObject({ code: 'STORE_UNSUITABLE', message: expect.stringMatching(says) })
  expect(await keysOf(good)).toEqual([])
})

test('rule 30: a winner whose answer was lost is found by its bytes', async () => {
  let lost = 0
  const { probe } = storeWith((good) => ({
    putIfAbsent: async (key, bytes) => {
      const put = await good.putIfAbsent(key, bytes)
      if (put.kind !== 'ok' || !key.endsWith('race-3')) return put
      lost++
      return unknown
    },
  }))
  await probe()
  expect(lost).toBe(1)
})

test.each([
  ['STORE_FORBIDDEN', 'is told of'],
  ['STORE_UNAVAILABLE', 'is no reason to refuse a store'],
] as const)('a deletion that ends with %s %s', async (code, told) => {
  const error = new MillraceError(code, 'not deleted')
  const { probe } = storeWith(() => ({ delete: async () => Promise.reject(error) }))
  expect(await probe().catch((thrown: unknown) => thrown)).toBe(told === 'is told of' ? error : undefined)
})

test('a store that does not answer is STORE_UNAVAILABLE and not unsuitable', async () => {
  const { probe } = storeWith(() => ({ putIfAbsent: async () => unknown }))
  await expect(probe()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

test.each([
  [61_000, /61 s ahead of/],
  [-61_000, /61 s behind/],
])('rule 28: a clock that is %i ms off the store is CLOCK_SKEW', async (skewMs, says) => {
  const storeClock = new ManualClock()
  const store = memoryStore(storeClock)
  const own = new ManualClock(storeClock.now() + skewMs)
  await expect(probeStore(store, seededRandom(1), own)).rejects.toMatchObject({ code: 'CLOCK_SKEW' })
  await expect(probeStore(store, seededRandom(1), own)).rejects.toThrow(says)
  expect(await keysOf(store)).toEqual([])
})

test('rule 28: a minute is still allowed', async () => {
  const storeClock = new ManualClock()
  await probeStore(memoryStore(storeClock), seededRandom(1), new ManualClock(storeClock.now() + 60_000))
})

test('rule 30: writes without an answer are tried again, and are not taken for what they are not', async () => {
  const lost = new Map<string, number>()
  const losing = (key: string): boolean => {
    const times = (lost.get(key) ?? 0) + 1
    lost.set(key, times)
    return times === 1 && /basics-[01]$|absent$/.test(key)
  }
  const { probe, good } = storeWith((good) => ({
    putIfAbsent: async (key, bytes) => {
      const put = await good.putIfAbsent(key, bytes)
      return losing(key) ? unknown : put
    },
    putIfMatch: async (key, bytes, etag) => (losing(key) ? unknown : good.putIfMatch(key, bytes, etag)),
  }))
  await probe()
  expect([...lost.keys()].filter((key) => /basics|absent/.test(key))).toHaveLength(4)
  expect(await keysOf(good)).toEqual([])
})

test('what the store raises itself comes through', async () => {
  const { probe } = storeWith(() => ({ putIfAbsent: () => Promise.reject(new Error('forbidden')) }))
  await expect(probe()).rejects.toThrow('forbidden')
})

test('objects of others below the same prefix are left alone', async () => {
  const { probe, good } = storeWith(() => ({}))
  await good.put('probe/other', utf8Encode('x'))
  await probe()
  expect(await keysOf(good)).toEqual(['probe/other'])
})
