import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { actor, bytes, type Context, int, json, list, map, nothing, string, value } from 'millrace'
import { decodeState } from '../../../runtime/sdk/decode-state.ts'
import { OneActor } from './invoke.ts'

const Profile = z.object({ tags: z.array(z.string()), seen: z.number().default(0) })
const declared = actor('test/state', {
  state: {
    count: value(int, { initial: 7 }),
    profile: Profile,
    defaults: value(Profile, { initial: { tags: [], seen: 0 } }),
    blob: bytes,
    recent: list(Profile),
    numbers: list(int),
    totals: map(string, int),
    profiles: map(int, Profile),
    fresh: value(Profile, { ttl: { after: '1h', since: 'write' } }),
    freshCount: value(int, { ttl: { after: '1h', since: 'write' } }),
  },
  messages: { go: nothing },
})
type Ctx = Context<NonNullable<typeof declared.state>>
const go = declared.at('x').go

/** An address whose next message does what `steps` says. */
const actorOf = () => {
  let steps: ((ctx: Ctx) => unknown)[] = []
  const one = new OneActor(declared.handle({ go: (ctx) => void steps.shift()?.(ctx) }))
  return {
    cells: one.cells,
    do: async (...next: ((ctx: Ctx) => unknown)[]) => {
      steps = next
      const result = await one.run(...next.map(() => go()))
      if (result.failed !== undefined) throw new Error(result.failed.message)
      return result.mutations
    },
    snapshot: () => decodeState(declared, (key) => one.cells.get(key), 'x'),
  }
}

it('reads what is not set as undefined or as its initial value', async () => {
  const one = actorOf()
  const seen: unknown[] = []
  const mutations = await one.do(({ state }) =>
    seen.push(state.count, state.profile, state.defaults, state.recent.length, state.totals.size),
  )
  expect(seen).toEqual([7, undefined, { tags: [], seen: 0 }, 0, 0])
  expect(mutations).toEqual([])
})

it('keeps an object that was changed in place, a value, an item, an entry or a default', async () => {
  const one = actorOf()
  await one.do(({ state }) => {
    state.profile = { tags: ['a'], seen: 1 }
    state.recent.push({ tags: [], seen: 1 })
    state.profiles.set(1, { tags: [], seen: 1 })
    state.blob = Uint8Array.of(1)
  })
  await one.do(({ state }) => {
    state.profile?.tags.push('b')
    state.defaults.tags.push('c')
    state.recent.at(-1)?.tags.push('d')
    state.profiles.get(1)?.tags.push('e')
    state.blob![0] = 2
  })
  expect(one.snapshot()).toMatchObject({
    profile: { tags: ['a', 'b'] },
    defaults: { tags: ['c'] },
    recent: [{ tags: ['d'] }],
    profiles: new Map([[1, { tags: ['e'], seen: 1 }]]),
    blob: Uint8Array.of(2),
  })
})

it('keeps changes that were made after writing, and none that were made after the handler', async () => {
  const one = actorOf()
  const held = { tags: ['first'], seen: 0 }
  await one.do(
    ({ state }) => {
      state.profile = held
      state.recent.push(held)
      held.tags.push('second')
    },
    () => held.tags.push('late'),
    ({ state }) => expect(state.profile).toEqual({ tags: ['first', 'second'], seen: 0 }),
  )
  expect(one.snapshot().recent).toEqual([{ tags: ['first', 'second'], seen: 0 }])
})

it('writes nothing where nothing was changed', async () => {
  const one = actorOf()
  await one.do(({ state }) => {
    state.profile = { tags: [], seen: 0 }
    state.recent.push({ tags: [], seen: 0 })
    state.profiles.set(1, { tags: [], seen: 0 })
    state.count = 3
  })
  const mutations = await one.do(({ state }) => {
    state.count = 3
    state.profile = { tags: [], seen: 0 }
    state.recent.set(0, { tags: [], seen: 0 })
    state.profiles.set(1, { tags: [], seen: 0 })
    state.profiles.delete(2)
    for (const profile of [...state.recent, ...state.profiles.values()]) expect(profile.seen).toBe(0)
  })
  expect(mutations).toEqual([])
})

it('writes a value that many messages changed once', async () => {
  const more = ({ state }: Ctx) => void state.count++
  expect(await actorOf().do(more, more, more)).toEqual([{ op: 'set', state: 0, value: int.encode(10) }])
})

it('prolongs a life by writing the same value, and not by reading it', async () => {
  const one = actorOf()
  // Bytes that the schema reads and would write otherwise: without the default, in another order.
  one.cells.set('fresh', { kind: 'value', value: json('a/b').encode({ tags: [] }) })
  await one.do(({ state }) => (state.freshCount = 1))
  expect(await one.do(({ state }) => void [state.fresh, state.freshCount])).toEqual([])
  expect(await one.do(({ state }) => (state.freshCount = 1))).toEqual([{ op: 'set', state: 9, value: int.encode(1) }])
  expect(await one.do(({ state }) => state.fresh!.tags.push('x'))).toHaveLength(1)
})

it('writes nothing for a value that is set and unset again in one call', async () => {
  const one = actorOf()
  expect(
    await one.do(
      ({ state }) => (state.count = 1),
      ({ state }) => (state.profile = { tags: [], seen: 0 }),
      ({ state }) => void (state.profile = undefined),
      (ctx) => ctx.clear(),
    ),
  ).toEqual([])
})

it('clears a list that it empties, so that its head is 0 for whoever applies it', async () => {
  const one = actorOf()
  await one.do(({ state }) => state.numbers.push(1, 2, 3))
  expect(await one.do(({ state }) => state.numbers.shift())).toEqual([{ op: 'dropFront', state: 5, count: 1 }])
  const emptied = await one.do(
    ({ state }) => [state.numbers.shift(), state.numbers.shift()],
    ({ state }) => state.numbers.push(4),
    ({ state }) => state.numbers.set(0, 5),
  )
  expect(emptied).toEqual([
    { op: 'clear', state: 5 },
    { op: 'append', state: 5, value: int.encode(4) },
    { op: 'setItem', state: 5, index: 0, value: int.encode(5) },
  ])
  one.cells.set('numbers', { kind: 'list', head: 9, items: [] })
  expect(await one.do(({ state }) => state.numbers.clear())).toEqual([{ op: 'clear', state: 5 }])
})

it('unsets values by undefined and everything by clear, untouched state too', async () => {
  const one = actorOf()
  const fill = ({ state }: Ctx) => {
    state.count = 1
    state.numbers.push(1, 2)
    state.totals.set('a', 1)
  }
  await one.do(fill, ({ state }) => void state.numbers.shift())
  expect(await one.do(({ state }) => void (state.profile = undefined))).toEqual([])
  expect(await one.do((ctx) => ctx.clear())).toEqual([
    { op: 'clear', state: 0 },
    { op: 'clear', state: 5 },
    { op: 'clear', state: 6 },
  ])
  expect(one.cells.size).toBe(0)
  await one.do(fill, (ctx) => ctx.clear(), fill)
  expect(one.snapshot()).toMatchObject({ count: 1, numbers: [1, 2], totals: new Map([['a', 1]]) })
})

it('iterates a map in the order of its encoded keys, new ones included', async () => {
  const one = actorOf()
  one.cells.set('profiles', {
    kind: 'map',
    entries: [2, 256, 1].map((key) => ({ key: int.encode(key), value: json('a/b').encode({ tags: [] }) })),
  })
  let keys: number[] = []
  await one.do(({ state }) => {
    state.profiles.set(3, { tags: [], seen: 0 })
    state.profiles.delete(2)
    keys = [...state.profiles.keys()]
  })
  // 256 is 00 01 00 00 in little endian.
  expect(keys).toEqual([256, 1, 3])
})

it('refuses items, entries and indices that are none', async () => {
  const one = actorOf()
  await expect(one.do(({ state }) => state.numbers.set(0, 1))).rejects.toThrow('no item 0 of 0')
  await expect(one.do(({ state }) => state.numbers.push(undefined as never))).rejects.toThrow('no undefined items')
  await expect(one.do(({ state }) => state.totals.set('a', undefined as never))).rejects.toThrow('cannot be undefined')
  await expect(one.do(({ state }) => state.totals.set(1 as never, 1))).rejects.toThrow('test/state.totals key')
  await expect(one.do(({ state }) => state.numbers.push(2 ** 40))).rejects.toThrow('test/state.numbers[0]')
})

it('refuses to lose what is assigned to no declared state, or to a collection', async () => {
  const one = actorOf()
  await expect(one.do(({ state }) => Object.assign(state, { coutn: 1 }))).rejects.toThrow('coutn')
  await expect(one.do(({ state }) => Object.assign(state, { numbers: [1] }))).rejects.toThrow('is a list')
})

it('names a state that is kept as something else than declared', async () => {
  const one = actorOf()
  one.cells.set('numbers', { kind: 'value', value: int.encode(1) })
  await expect(one.do(({ state }) => state.numbers.length)).rejects.toThrow(
    'test/state.numbers is declared as a list and kept as a value',
  )
})

it('lets nobody hold on to a collection beyond its message', async () => {
  const one = actorOf()
  let late: (() => unknown)[] = []
  await one.do(
    ({ state: { numbers, totals } }) => {
      totals.set('a', 1)
      late = [
        () => numbers.push(1),
        () => numbers.length,
        () => [...numbers],
        () => totals.get('a'),
        () => [...totals],
        () => totals.clear(),
      ]
    },
    () => {
      expect(late).toHaveLength(6)
      for (const use of late) expect(use).toThrow('ctx was used after')
    },
  )
})

it('finds at once what a schema does not let pass, where writes are checked', async () => {
  const handlers = declared.handle({ go: ({ state }) => void (state.profile = { tags: 'x' } as never) })
  expect((await new OneActor(handlers).run(go())).failed).toBeUndefined()
  const { failed } = await new OneActor(handlers, { checkWrites: true }).run(go())
  expect(failed).toMatchObject({ code: 'VALUE_INVALID', terminal: false })
  expect(failed?.message).toContain('test/state.profile: tags')
})

// Lists and maps against plain arrays and Maps, over messages some of which fail and calls of any number of messages.
type Step = (ctx: Ctx, items: number[], entries: Map<string, number>) => void
const key = fc.constantFrom('a', 'b', 'c', 'dd')
const often = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary })
const step: fc.Arbitrary<Step> = fc.oneof(
  often(
    8,
    fc.integer().map(
      (n): Step =>
        (ctx, items) => (ctx.state.numbers.push(n), items.push(n)),
    ),
  ),
  often(
    4,
    fc.constant<Step>((ctx, items) => expect(ctx.state.numbers.shift()).toBe(items.shift())),
  ),
  often(
    6,
    fc.tuple(fc.nat(), fc.integer()).map(([at, n]): Step => (ctx, items) => {
      if (items.length === 0) return
      ctx.state.numbers.set(at % items.length, n)
      items[at % items.length] = n
    }),
  ),
  often(
    3,
    fc.integer({ min: -6, max: 6 }).map(
      (at): Step =>
        (ctx, items) =>
          expect(ctx.state.numbers.at(at)).toBe(items.at(at)),
    ),
  ),
  often(
    6,
    fc.tuple(key, fc.integer()).map(
      ([k, n]): Step =>
        (ctx, _, map) => (ctx.state.totals.set(k, n), map.set(k, n)),
    ),
  ),
  often(
    3,
    key.map(
      (k): Step =>
        (ctx, _, map) =>
          expect(ctx.state.totals.delete(k)).toBe(map.delete(k)),
    ),
  ),
  often(
    3,
    key.map(
      (k): Step =>
        (ctx, _, map) =>
          expect(ctx.state.totals.get(k)).toBe(map.get(k)),
    ),
  ),
  often(
    3,
    fc.constant<Step>((ctx, _, map) => expect(ctx.state.totals.size).toBe(map.size)),
  ),
  often(
    1,
    fc.constant<Step>((ctx, items) => (ctx.state.numbers.clear(), (items.length = 0))),
  ),
  often(
    1,
    fc.constant<Step>((ctx, _, map) => (ctx.state.totals.clear(), map.clear())),
  ),
  often(
    1,
    fc.constant<Step>((ctx, items, map) => (ctx.clear(), (items.length = 0), map.clear())),
  ),
)
const many = { size: 'max' } as const
const message = fc.record({
  steps: fc.array(step, { maxLength: 8, ...many }),
  fails: fc.integer({ min: 0, max: 9 }),
})
const someCalls = fc.array(fc.array(message, { minLength: 1, maxLength: 4, ...many }), { maxLength: 8, ...many })

it('behaves as arrays and Maps do, failures left out', async () => {
  await fc.assert(
    fc.asyncProperty(someCalls, async (calls) => {
      let items: number[] = []
      let entries = new Map<string, number>()
      let left: (typeof calls)[number] = []
      const unexpected: unknown[] = []
      const implementation = declared.handle({
        go(ctx) {
          const { steps, fails } = left.shift()!
          const [nextItems, nextEntries] = [[...items], new Map(entries)]
          try {
            for (const run of steps) run(ctx, nextItems, nextEntries)
            expect([...ctx.state.numbers]).toEqual(nextItems)
            expect([...ctx.state.totals].sort()).toEqual([...nextEntries].sort())
          } catch (error) {
            unexpected.push(error)
          }
          if (fails === 0) throw new Error('on purpose')
          items = nextItems
          entries = nextEntries
        },
      })
      const one = new OneActor(implementation)
      for (const messages of calls) {
        left = [...messages]
        await one.run(...messages.map(() => go()))
        const { numbers, totals } = decodeState(declared, (key) => one.cells.get(key), 'x')
        expect(numbers).toEqual(items)
        expect([...totals].sort()).toEqual([...entries].sort())
      }
      if (unexpected.length > 0) throw unexpected[0]
    }),
    { numRuns: 300 },
  )
})
