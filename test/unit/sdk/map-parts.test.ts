import fc from 'fast-check'
import { expect, it } from 'vitest'
import { actor, type Context, egress, int, map, nothing, request, string, TerminalError } from 'millrace'
import type { CallResult, MapPart, MissingState } from '../../../runtime/model/invocation.ts'
import type { MapCell } from '../../../runtime/model/state-cells.ts'
import { applyMutation, callMessage, invokeOne, requestFor, type Cells } from './invoke.ts'

const told = egress('told', int)
const declared = actor('test/parts', {
  state: { totals: map(string, int), note: string, calls: int },
  messages: { go: nothing, ask: request(nothing, int) },
})
type Ctx = Context<NonNullable<typeof declared.state>>
type Step = (ctx: Ctx) => unknown

const cell = (key: string, value: number): MapCell => ({ key: string.encode(key), value: int.encode(value) })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const keyHex = (key: string): string => hex(string.encode(key))

/** An address whose map is sent in part: `known` keys, and what was asked for. Each message does what its step says. */
class OnDemand {
  readonly cells: Cells = new Map()
  readonly known = new Set<string>()
  /** Keys of which it is only told whether there is an entry. */
  readonly keys = new Set<string>()
  rounds = 0
  private whole = false
  private steps: Step[] = []
  private readonly implementation = declared.handle({
    go: (ctx) => void this.steps.shift()?.(ctx),
    ask: (ctx) => Number(this.steps.shift()?.(ctx)),
  })

  constructor(entries: readonly MapCell[], known: readonly string[] = [], keys: readonly string[] = []) {
    if (entries.length > 0) this.cells.set('totals', { kind: 'map', entries })
    for (const key of known) this.known.add(keyHex(key))
    for (const key of keys) this.keys.add(keyHex(key))
  }

  /** One call. */
  async call(steps: readonly Step[], message = 'go'): Promise<CallResult> {
    this.steps = [...steps]
    const made = requestFor(
      this.implementation,
      'x',
      (names) => steps.map(() => callMessage(names, message, undefined)),
      this.cells,
    )
    const state = made.calls[0]!.state.map(({ state, cells }) => {
      if (cells.kind !== 'map' || this.whole) return { state, cells }
      const entries = cells.entries.filter(({ key }) => this.known.has(hex(key)))
      const there = new Set(cells.entries.map(({ key }) => hex(key)))
      const bytesOf = (keys: readonly string[]) => keys.map((key) => new Uint8Array(Buffer.from(key, 'hex')))
      const absent = bytesOf([...this.known, ...this.keys].filter((key) => !there.has(key)))
      const present = bytesOf([...this.keys].filter((key) => there.has(key) && !this.known.has(key)))
      const part: MapPart = { kind: 'map-part', count: cells.entries.length, entries, absent, present }
      return { state, cells: part }
    })
    const result = await invokeOne(this.implementation, { ...made, calls: [{ ...made.calls[0]!, state }] })
    const states = made.functions[0]!.states
    for (const mutation of result.mutations) applyMutation(this.cells, states[mutation.state]!, mutation)
    return result
  }

  /** Calls until all steps have taken effect, with what each call lacked. */
  async run(steps: readonly Step[]): Promise<void> {
    let left = steps
    while (left.length > 0) {
      const { failed, incomplete } = await this.call(left)
      if (failed !== undefined) throw new Error(failed.message)
      if (incomplete === undefined) return
      this.rounds++
      left = left.slice(incomplete.index)
      for (const missing of incomplete.missing) this.take(missing)
    }
  }

  private take({ keys, keysOnly }: MissingState): void {
    const known = keysOnly ? new Set([...this.keys, ...this.known]) : this.known
    const isMore = keys.length === 0 ? !this.whole : keys.some((key) => !known.has(hex(key)))
    expect(isMore, 'each answer asks for more').toBe(true)
    this.whole ||= keys.length === 0
    for (const key of keys) (keysOnly ? this.keys : this.known).add(hex(key))
  }

  get totals(): Map<string, number> {
    const cells = this.cells.get('totals')
    const entries = cells?.kind === 'map' ? cells.entries : []
    return new Map(entries.map(({ key, value }) => [string.decode(key), int.decode(value)] as const))
  }
}

const abc = [cell('a', 1), cell('b', 2), cell('c', 3)]

it('reads, tests and deletes the entries that came, and those that it is told are not there', async () => {
  const one = new OnDemand(abc, ['a', 'b', 'z'])
  const seen: unknown[] = []
  const { incomplete } = await one.call([
    ({ state }) => seen.push(state.totals.get('a'), state.totals.has('b'), state.totals.get('z'), state.totals.size),
    ({ state }) => seen.push(state.totals.delete('z'), state.totals.delete('a'), state.totals.size),
    ({ state }) => seen.push(state.totals.get('a'), state.totals.size),
  ])
  expect(incomplete).toBeUndefined()
  expect(seen).toEqual([1, true, undefined, 3, false, true, 2, undefined, 2])
  expect(one.totals).toEqual(
    new Map([
      ['b', 2],
      ['c', 3],
    ]),
  )
})

it.each<[string, Step, readonly string[], boolean]>([
  ['get', ({ state }) => state.totals.get('c'), ['c'], false],
  ['has', ({ state }) => state.totals.has('c'), ['c'], false],
  ['delete', ({ state }) => state.totals.delete('c'), ['c'], true],
  ['iteration', ({ state }) => [...state.totals], [], false],
  ['keys()', ({ state }) => [...state.totals.keys()], [], false],
  ['values()', ({ state }) => [...state.totals.values()], [], false],
  ['size after a set', ({ state }) => (state.totals.set('c', 0), state.totals.size), ['c'], true],
])('asks for what %s needs, without effects of that message', async (_, step, keys, keysOnly) => {
  const one = new OnDemand(abc, ['a'])
  let after = 0
  const result = await one.call([
    ({ state }) => (state.calls = 1),
    (ctx) => {
      ctx.state.calls = 2
      ctx.state.note = 'gone'
      ctx.emit(told, { value: 1 })
      ctx.send(declared.at('y').go())
      step(ctx)
    },
    () => after++,
  ])
  const missing = [{ state: 0, keys: keys.map((key) => string.encode(key)), keysOnly }]
  expect(result.incomplete).toEqual({ index: 1, missing })
  expect(result).toMatchObject({ sends: [], emits: [], failed: undefined })
  expect(result.mutations).toEqual([{ op: 'set', state: 2, value: int.encode(1) }])
  expect(after).toBe(0)
})

it('needs nothing to set, to clear, or to do both', async () => {
  const one = new OnDemand(abc)
  await one.run([({ state }) => state.totals.set('c', 30), ({ state }) => state.totals.set('d', 4)])
  expect(one.totals).toEqual(
    new Map([
      ['a', 1],
      ['b', 2],
      ['c', 30],
      ['d', 4],
    ]),
  )
  const seen: unknown[] = []
  await one.run([
    ({ state }) => {
      state.totals.set('e', 5)
      state.totals.clear()
      state.totals.set('f', 6)
      seen.push(state.totals.size, state.totals.get('a'), [...state.totals])
    },
    ({ state }) => seen.push(state.totals.size, state.totals.get('b')),
  ])
  expect(seen).toEqual([1, undefined, [['f', 6]], 1, undefined])
  expect(one.totals).toEqual(new Map([['f', 6]]))
  expect(one.rounds).toBe(0)
})

it('forgets an entry that it has written without having seen it', async () => {
  const one = new OnDemand(abc)
  await one.run([
    ({ state }) => (state.totals.set('a', 9), state.totals.delete('a')),
    ({ state }) => state.totals.get('a'),
  ])
  expect(one.totals).toEqual(
    new Map([
      ['b', 2],
      ['c', 3],
    ]),
  )
  expect(one.rounds).toBe(0)
})

it.each<[string, Step]>([
  ['returns', () => undefined],
  [
    'fails',
    () => {
      throw new Error('of its own')
    },
  ],
  [
    'fails for good',
    () => {
      throw new TerminalError('of its own')
    },
  ],
  [
    'goes on for a while',
    async () => {
      await Promise.resolve()
      await Promise.resolve()
    },
  ],
])('is incomplete though its handler catches the error and %s', async (_, then) => {
  const one = new OnDemand(abc)
  const result = await one.call(
    [
      (ctx) => {
        try {
          ctx.state.totals.get('a')
        } catch {
          ctx.state.note = 'nothing there'
          ctx.emit(told, { value: 1 })
        }
        return then(ctx)
      },
    ],
    'ask',
  )
  expect(result).toMatchObject({ mutations: [], emits: [], replies: [], failed: undefined })
  expect(result.incomplete).toEqual({ index: 0, missing: [{ state: 0, keys: [string.encode('a')], keysOnly: false }] })
})

it('deletes and counts with keys alone, and asks for the entry that it reads', async () => {
  const one = new OnDemand(abc, [], ['a', 'b', 'z'])
  const seen: unknown[] = []
  const { incomplete } = await one.call([
    ({ state: { totals } }) => seen.push(totals.has('a'), totals.has('z'), totals.delete('a'), totals.has('a')),
    ({ state: { totals } }) => seen.push(totals.set('b', 9), totals.set('z', 8), totals.size, totals.get('b')),
    ({ state: { totals } }) => seen.push(totals.get('a'), totals.delete('b'), totals.get('b'), totals.size),
  ])
  expect(incomplete).toBeUndefined()
  expect(seen).toEqual([true, false, true, false, undefined, undefined, 3, 9, undefined, true, undefined, 2])
  const other = new OnDemand(abc, [], ['a'])
  await other.run([({ state }) => expect(state.totals.get('a')).toBe(1)])
  expect(other.rounds).toBe(1)
})

it('asks for a bounded number of things, however often its handler tries', async () => {
  const one = new OnDemand(abc)
  const { incomplete } = await one.call([
    ({ state }) => {
      for (let i = 0; i < 10_000; i++)
        try {
          state.totals.get(`key ${i}`)
        } catch {
          // And on it goes.
        }
    },
  ])
  expect(incomplete?.missing.length).toBe(16)
})

// A map that comes in part against a plain Map, in calls of any number of messages.
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
type Op = (of: {
  get(k: string): number | undefined
  has(k: string): boolean
  set(k: string, v: number): unknown
  delete(k: string): boolean
  clear(): void
  readonly size: number
  [Symbol.iterator](): Iterator<[string, number]>
}) => unknown
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(key, fc.nat(9)).map(
      ([k, n]): Op =>
        (of) => (of.set(k, n), n),
    ),
  },
  {
    weight: 3,
    arbitrary: key.map(
      (k): Op =>
        (of) =>
          of.get(k),
    ),
  },
  {
    weight: 2,
    arbitrary: key.map(
      (k): Op =>
        (of) =>
          of.delete(k),
    ),
  },
  key.map(
    (k): Op =>
      (of) =>
        of.has(k),
  ),
  fc.constant<Op>((of) => of.size),
  fc.constant<Op>((of) => [...of].map(([k, n]) => `${k}${n}`).sort()),
  fc.constant<Op>((of) => of.clear()),
)

it('does in part what it does whole', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(key, { maxLength: 3 }),
      fc.array(key, { maxLength: 3 }),
      fc.uniqueArray(key),
      fc.array(fc.array(fc.array(op, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 3,
      }),
      async (known, keys, set, calls) => {
        const one = new OnDemand(
          set.map((k, i) => cell(k, i)),
          known,
          keys,
        )
        const plain = new Map(set.map((k, i) => [k, i]))
        for (const messages of calls) {
          const seen: unknown[][] = []
          const steps = messages.map((ops, place): Step => ({ state }) => {
            const saw: unknown[] = (seen[place] = [])
            for (const each of ops) saw.push(each(state.totals))
          })
          await one.run(steps)
          expect(seen).toEqual(messages.map((ops) => ops.map((each) => each(plain))))
          expect(one.totals).toEqual(plain)
        }
      },
    ),
  ))
