import { describe, expect, test } from 'vitest'
import { sleep } from '../../../runtime/ports/clock.ts'
import { Committer } from '../../../runtime/log/commit.ts'
import { encodeSeal, encodeWindow, type Window } from '../../../runtime/log/log-entry.ts'
import { entryKey, manifestKey } from '../../../runtime/log/names.ts'
import { StoreClock } from '../../../runtime/log/store-clock.ts'
import { memoryStore } from '../../../runtime/storage/memory.ts'
import { FaultyStore, type Fault } from './faulty-store.ts'
import { SkippingClock } from './skipping-clock.ts'

const windowOf = (number: number, nonce = 'own'): Window => ({
  kind: 'window',
  log: 'log',
  number,
  nonce,
  clockMs: 1,
  hint: { number: 0, offset: 0 },
  journal: Uint8Array.of(1, 2, 3),
  outbox: new Uint8Array(0),
})
const key = entryKey('app', 'log', 1)

const makeCommitter = (isStillOurs = async () => true) => {
  const clock = new SkippingClock()
  const bucket = memoryStore(clock)
  void bucket.put(manifestKey('app'), Uint8Array.of(1))
  const store = new FaultyStore(bucket)
  const stuck: boolean[] = []
  const observer = { isStillOurs, stuck: (is: boolean) => stuck.push(is) }
  return { clock, store, stuck, committer: new Committer(store, clock, 'app', new StoreClock(clock), observer) }
}
const puts = (store: FaultyStore) => store.requests.filter(({ verb }) => verb === 'putIfAbsent')
/** The first PUTs meet these faults, one each. */
const first = (store: FaultyStore, ...faults: Fault[]): void => {
  store.script = (verb) => (verb === 'putIfAbsent' ? faults.shift() : undefined)
}

describe('the fate of a window', () => {
  test('rule 4: a second commit is refused while one is under way', async () => {
    const { committer } = makeCommitter()
    const one = committer.commit(windowOf(1))
    await expect(committer.commit(windowOf(2))).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await one).toBe('committed')
  })

  test.each<Fault[]>([['lost'], ['landed'], ['late'], ['lost', 'landed'], ['late', 'lost', 'late']])(
    'rule 4: after %s the same bytes go out again under the same number, until the fate is known',
    async (...faults) => {
      const { committer, store } = makeCommitter()
      first(store, ...faults)
      const window = windowOf(1)
      expect(await committer.commit(window)).toBe('committed')
      expect(puts(store)).toHaveLength(faults.length + 1)
      for (const put of puts(store)) expect([put.key, put.bytes]).toEqual([key, encodeWindow(window)])
      await store.landLate()
      expect((await store.get(key))?.bytes).toEqual(encodeWindow(window))
    },
  )

  test('rule 5: a 412 on the own nonce is a commit', async () => {
    const { committer, store } = makeCommitter()
    first(store, 'landed')
    expect(await committer.commit(windowOf(1))).toBe('committed')
    expect(store.requests.at(-1)).toMatchObject({ verb: 'get', key })
  })

  test('rule 5: a 412 on a seal stops the owner, also when its own earlier PUT is still under way', async () => {
    const { committer, store } = makeCommitter()
    store.script = async (verb) => {
      if (verb !== 'putIfAbsent') return
      store.script = () => undefined
      await store.putIfAbsent(key, encodeSeal({ kind: 'seal', log: 'log', number: 1, by: 'heir' }))
      return 'late'
    }
    expect(await committer.commit(windowOf(1))).toBe('sealed')
    expect(await store.landLate()).toEqual(['conflict'])
  })

  test("rule 5: a 412 on another's window stops loudly", async () => {
    const { committer, store } = makeCommitter()
    await store.putIfAbsent(key, encodeWindow(windowOf(1, 'the clone')))
    await expect(committer.commit(windowOf(1))).rejects.toMatchObject({
      code: 'FENCED',
      message: expect.stringContaining('cloned'),
    })
  })

  test('rule 5: a 412 whose object cannot be read yet is asked again', async () => {
    const { committer, store } = makeCommitter()
    let reads = 0
    store.script = (verb, where) => {
      if (verb === 'putIfAbsent' && puts(store).length === 1) return 'landed'
      if (verb === 'get' && where === key && reads++ === 0) return 'lost'
    }
    expect(await committer.commit(windowOf(1))).toBe('committed')
    expect(reads).toBeGreaterThan(1)
  })

  test('rule 7: where the store’s time has jumped by more than 15 minutes, the manifest decides', async () => {
    for (const [ours, outcome] of [
      [true, 'committed'],
      [false, 'sealed'],
    ] as const) {
      let asked = 0
      const { committer, clock } = makeCommitter(async () => (asked++, ours))
      expect(await committer.commit(windowOf(1))).toBe('committed')
      clock.advance(14 * 60_000)
      expect(await committer.commit(windowOf(2))).toBe('committed')
      expect(asked).toBe(0)
      clock.advance(16 * 60_000)
      expect(await committer.commit(windowOf(3))).toBe(outcome)
      expect(asked).toBe(1)
    }
  })

  test('rule 8: after 15 s without success it says that it is stuck, and when it is no longer', async () => {
    const { committer, store, clock, stuck } = makeCommitter()
    const startMs = clock.monotonic()
    store.script = (verb) => {
      if (verb !== 'putIfAbsent' || clock.monotonic() - startMs > 20_000) return undefined
      if (clock.monotonic() - startMs < 15_000) expect(stuck).toEqual([])
      return 'lost'
    }
    expect(await committer.commit(windowOf(1))).toBe('committed')
    expect(stuck).toEqual([true, false])
  })

  test('rule 8: it says so while one PUT hangs, not only between two', async () => {
    const { committer, store, clock, stuck } = makeCommitter()
    let hung = 0
    store.script = async (verb) => {
      if (verb !== 'putIfAbsent' || hung++ > 0) return undefined
      await sleep(clock, 14_999)
      expect(stuck).toEqual([])
      await sleep(clock, 2)
      expect(stuck).toEqual([true])
      return 'lost'
    }
    expect(await committer.commit(windowOf(1))).toBe('committed')
    expect(stuck).toEqual([true, false])
  })
})

describe('rule 28: the clock against the store’s', () => {
  test('a clock more than 60 s off stops before anything is committed with it, and says so', async () => {
    for (const skewMs of [61_000, -61_000]) {
      const { committer, store } = makeCommitter()
      store.skewMs = skewMs
      await expect(committer.commit(windowOf(1))).rejects.toMatchObject({ code: 'CLOCK_SKEW' })
      expect(await store.get(key)).toBeUndefined()
    }
  })

  test('a clock that jumps later stops before the next commit', async () => {
    const { committer, store, clock } = makeCommitter()
    expect(await committer.commit(windowOf(1))).toBe('committed')
    clock.jump(3_600_000)
    store.skewMs = -3_600_000
    await expect(committer.commit(windowOf(2))).rejects.toMatchObject({ code: 'CLOCK_SKEW' })
    expect(await store.get(entryKey('app', 'log', 2))).toBeUndefined()
  })

  test('the old answer that a process finds when it wakes says nothing about its clock', async () => {
    const { committer, store, clock } = makeCommitter()
    expect(await committer.commit(windowOf(1))).toBe('committed')
    store.script = (verb) => {
      if (verb !== 'putIfAbsent') return
      // The store answers at once; the process sleeps for two minutes before it looks.
      clock.advance(120_000)
      store.skewMs = -120_000
    }
    expect(await committer.commit(windowOf(2))).toBe('committed')
  })

  test('a time that is far ahead, though the clock is right again, is not committed', async () => {
    const { committer, clock, store } = makeCommitter()
    const at = (number: number, clockMs: number) => ({ ...windowOf(number), clockMs })
    expect(await committer.commit(at(1, clock.now()))).toBe('committed')
    expect(await committer.commit(at(2, clock.now() + 65_000))).toBe('committed')
    await expect(committer.commit(at(3, clock.now() + 90_000))).rejects.toMatchObject({ code: 'CLOCK_SKEW' })
    expect(await store.get(entryKey('app', 'log', 3))).toBeUndefined()
  })

  test('59 s are allowed', async () => {
    const { committer, store } = makeCommitter()
    store.skewMs = 59_000
    expect(await committer.commit(windowOf(1))).toBe('committed')
  })
})
