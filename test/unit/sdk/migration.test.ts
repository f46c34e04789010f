import { expect, it, test } from 'vitest'
import { z } from 'zod'
import { actor, int, json, list, map, nothing, string, TerminalError, value } from 'millrace'
import type { Context, Implementation, StateSnapshot } from 'millrace'
import type { StateCells } from '../../../runtime/model/state-cells.ts'
import { encodeBatchRequest } from '../../../runtime/protocol/batch-request-writer.ts'
import type { Actor } from '../../../runtime/sdk/actor.ts'
import { decodeState } from '../../../runtime/sdk/decode-state.ts'
import { createHandler } from '../../../runtime/sdk/handler.ts'
import type { StateDeclarations } from '../../../runtime/sdk/state-declaration.ts'
import { type Cells, invokeOne, OneActor, requestFor, callMessage } from './invoke.ts'

interface Account {
  readonly balance: number
  readonly currency: string
}

const messages = { go: nothing }
const v1 = actor('bank/account', {
  state: { balance: int, recent: list(int), totals: map(string, int), note: string },
  messages,
})
const ups: number[] = []
const v2 = actor('bank/account', {
  state: {
    balance: value(json<Account>('bank/account-2'), {
      version: 2,
      migrate: {
        1: {
          type: int,
          up: (balance) => {
            ups.push(balance)
            if (balance < 0) throw new Error(`${balance} is below nothing`)
            return { balance, currency: 'EUR' }
          },
        },
      },
    }),
    recent: list(string, { version: 2, migrate: { 1: { type: int, up: (n) => `n${n}` } } }),
    totals: map(string, z.object({ n: z.number() }), { version: 2, migrate: { 1: { type: int, up: (n) => ({ n }) } } }),
    note: string,
  },
  messages,
})
const keys = ['balance@2', 'recent@2', 'totals@2', 'note']

type Ctx<A> = A extends Actor<infer S, infer _> ? Context<S> : never

/** Runs one message for each step under this version of the code. */
const running = <S extends StateDeclarations>(declared: Actor<S, { go: typeof nothing }>, cells: Cells) => {
  let steps: ((ctx: Context<S>) => unknown)[] = []
  const implementation: Implementation = declared.handle({
    go: (ctx: Context<S>) => void steps.shift()?.(ctx),
  } as never)
  const one = new OneActor(implementation, { checkWrites: true }, cells)
  const go = (declared as typeof v1).at('bob').go
  return {
    attempt: (...next: ((ctx: Context<S>) => unknown)[]) => {
      steps = next
      return one.run(...next.map(() => go()))
    },
    async do(...next: ((ctx: Context<S>) => unknown)[]) {
      const { failed, mutations } = await this.attempt(...next)
      if (failed !== undefined) throw new Error(failed.message)
      return mutations
    },
    state: (): StateSnapshot<S> => decodeState(declared, (key) => cells.get(key), 'bob'),
  }
}

/** An address that version 1 has left behind. */
const deployed = async (step: (ctx: Ctx<typeof v1>) => unknown) => {
  const cells: Cells = new Map()
  await running(v1, cells).do(step)
  ups.length = 0
  return { cells, now: running(v2, cells) }
}
const ops = (mutations: readonly { op: string; state: number }[]) => mutations.map(({ op, state }) => [op, state])

it('reads a value of an older version as one of the present, and moves it in the same result', async () => {
  const { cells, now } = await deployed(({ state }) => (state.balance = 7))
  expect(now.state().balance).toEqual({ balance: 7, currency: 'EUR' })
  let seen: unknown
  const mutations = await now.do(({ state }) => (seen = state.balance))
  expect(seen).toEqual({ balance: 7, currency: 'EUR' })
  expect(ops(mutations)).toEqual([
    ['set', keys.indexOf('balance@2')],
    ['clear', keys.length],
  ])
  expect([...cells.keys()]).toEqual(['balance@2'])
  expect(now.state().balance).toEqual({ balance: 7, currency: 'EUR' })
})

it('runs a migration once for a value, however often it is read', async () => {
  const { now } = await deployed(({ state }) => (state.balance = 7))
  await now.do(
    ({ state }) => state.balance,
    ({ state }) => state.balance,
  )
  expect(await now.do(({ state }) => state.balance)).toEqual([])
  expect(ups).toEqual([7])
})

it('leaves alone what no message touches', async () => {
  const { cells, now } = await deployed(({ state }) => {
    state.balance = 7
    state.note = 'x'
  })
  expect(await now.do(({ state }) => state.note)).toEqual([])
  expect([...cells.keys()].sort()).toEqual(['balance', 'note'])
})

it('changes an upcast value once: its present version comes after the older is cleared', async () => {
  const { cells, now } = await deployed(({ state }) => (state.balance = 7))
  const mutations = await now.do(({ state }) => (state.balance = { ...state.balance!, balance: 8 }))
  expect(ops(mutations)).toEqual([
    ['clear', keys.length],
    ['set', 0],
  ])
  expect([...cells.keys()]).toEqual(['balance@2'])
  expect(now.state().balance).toEqual({ balance: 8, currency: 'EUR' })
})

it('keeps what was changed in place in an upcast value', async () => {
  const { now } = await deployed(({ state }) => state.totals.set('a', 1))
  await now.do(({ state }) => (state.totals.get('a')!.n += 1))
  expect([...now.state().totals]).toEqual([['a', { n: 2 }]])
})

it('moves a list and a map as a whole with their first touch, changes included', async () => {
  const { cells, now } = await deployed(({ state }) => {
    state.recent.push(1, 2, 3)
    state.recent.shift()
    for (const key of ['a', 'b', 'c']) state.totals.set(key, 1)
  })
  await now.do(({ state }) => {
    state.recent.push('new')
    state.recent.shift()
    state.recent.set(0, 'set')
    state.totals.delete('a')
    state.totals.set('b', { n: 5 })
    state.totals.set('d', { n: 6 })
  })
  expect([...cells.keys()].sort()).toEqual(['recent@2', 'totals@2'])
  expect(now.state().recent).toEqual(['set', 'new'])
  expect([...now.state().totals]).toEqual([
    ['b', { n: 5 }],
    ['c', { n: 1 }],
    ['d', { n: 6 }],
  ])
  await now.do(({ state }) => state.recent.shift())
  expect(now.state().recent).toEqual(['new'])
})

it.each<[string, (ctx: Ctx<typeof v2>) => unknown]>([
  ['ctx.clear()', (ctx) => ctx.clear()],
  ['each state by itself', ({ state }) => (state.recent.clear(), state.totals.clear(), (state.balance = undefined))],
])('%s clears all versions, without upcasting what goes', async (_, step) => {
  const { cells, now } = await deployed(({ state }) => {
    state.balance = -1
    state.recent.push(1)
    state.totals.set('a', 1)
  })
  await now.do(step)
  expect([...cells.keys()]).toEqual([])
  expect(ups).toEqual([])
})

it('assigns over a value that its migration cannot take', async () => {
  const { cells, now } = await deployed(({ state }) => (state.balance = -1))
  await now.do(({ state }) => (state.balance = { balance: 0, currency: 'EUR' }))
  expect([...cells.keys()]).toEqual(['balance@2'])
})

it('fails the message whose migration throws, by policy, and leaves the state as it is', async () => {
  const { cells, now } = await deployed(({ state }) => {
    state.balance = -1
    state.recent.push(1)
  })
  const { failed, mutations } = await now.attempt(
    ({ state }) => (state.note = 'before'),
    ({ state }) => (state.recent.push('lost'), state.balance),
  )
  expect(failed).toMatchObject({ index: 1, code: 'STATE_MIGRATION_FAILED', terminal: false })
  expect(failed?.message).toContain(
    "bank/account.balance of 'bob', kept under version 1: its migration from version 1 threw: -1 is below nothing",
  )
  expect(ops(mutations)).toEqual([['set', keys.indexOf('note')]])
  expect([...cells.keys()].sort()).toEqual(['balance', 'note', 'recent'])
})

it('takes back a move with the message that failed, and keeps one of a message before', async () => {
  const { cells, now } = await deployed(({ state }) => {
    state.balance = 1
    state.recent.push(1)
  })
  const { failed } = await now.attempt(
    ({ state }) => state.balance,
    ({ state }) => {
      state.recent.push('lost')
      throw new TerminalError('no')
    },
  )
  expect(failed?.index).toBe(1)
  expect([...cells.keys()].sort()).toEqual(['balance@2', 'recent'])
})

test('values go up version by version, each step checked, or past versions that nobody names', async () => {
  const Third = z.object({ amount: z.number().min(0) })
  const chain = actor('bank/account', {
    state: {
      balance: value(Third, {
        version: 3,
        initial: { amount: 0 },
        migrate: {
          1: { type: int, up: (n) => ({ balance: n, currency: 'EUR' }) },
          2: { type: json<Account>('bank/account-2'), up: ({ balance }) => ({ amount: balance }) },
        },
      }),
    },
    messages,
  })
  const direct = actor('bank/account', {
    state: {
      balance: value(Third, { version: 3, migrate: { 1: { type: int, up: (n) => ({ amount: n }) } } }),
    },
    messages,
  })
  for (const declared of [chain, direct]) {
    const { cells } = await deployed(({ state }) => (state.balance = 7))
    await running(declared as typeof direct, cells).do(({ state }) => state.balance)
    expect([...cells.keys()]).toEqual(['balance@3'])
    expect(running(declared as typeof direct, cells).state().balance).toEqual({ amount: 7 })
  }
  const second = await deployed(({ state }) => (state.balance = 9))
  await second.now.do(({ state }) => state.balance)
  expect(running(chain, second.cells).state().balance).toEqual({ amount: 9 })
  const refused = await deployed(({ state }) => (state.balance = -9))
  const { failed } = await running(chain, refused.cells).attempt(({ state }) => state.balance)
  expect(failed?.message).toContain('what its migration from version 2 gave is no value of version 3: amount: ')
})

it('refuses a migration that answers a promise', async () => {
  const later = actor('bank/account', {
    state: {
      balance: value(json<unknown>('x/y'), { version: 2, migrate: { 1: { type: int, up: async (n) => n } } }),
    },
    messages,
  })
  const { cells } = await deployed(({ state }) => (state.balance = 7))
  const { failed } = await running(later, cells).attempt(({ state }) => state.balance)
  expect(failed?.message).toContain('a migration cannot wait')
})

it.each<[string, () => unknown, string]>([
  ['a version that is none', () => value(int, { version: 0 }), 'a/b.n: version is 0; allowed are whole numbers from 1'],
  ['a version beyond all', () => value(int, { version: 1000 }), 'from 1 to 999'],
  [
    'a migration without versions',
    () => list(int, { migrate: { 1: { type: int, up: () => 1 as never } } }),
    'migrate names version 1',
  ],
  [
    'a migration from a later version',
    () => value(int, { version: 2, migrate: { 3: { type: int, up: () => 1 as never } } }),
    'migrate names version 3; allowed are those before 2, the present one',
  ],
  [
    'a migration that is none',
    () => value(int, { version: 2, migrate: { 1: { type: int } } } as never),
    'migrate.1 must be',
  ],
])('refuses at declaration %s', (_, declare, message) => {
  expect(() => actor('a/b', { state: { n: declare() as never }, messages: {} })).toThrow(message)
})

it('refuses a state whose name would stand for a version of another', () => {
  expect(() => actor('a/b', { state: { 'n@2': int }, messages: {} })).toThrow('a/b.n@2: a name that ends so')
})

test('old code asks for discovery rather than begin anew what newer code has written', async () => {
  const answer = (cells: Cells, implementation: Implementation) => {
    const request = requestFor(implementation, 'bob', (names) => [callMessage(names, 'go', undefined)], cells)
    return createHandler([implementation]).invoke(encodeBatchRequest(request))
  }
  const old = v1.handle({ go: () => undefined })
  const cell: StateCells = { kind: 'value', value: Uint8Array.of(1) }
  expect(await answer(new Map([['balance@2', cell]]), old)).toMatchObject({
    status: 409,
    message: expect.stringContaining('bank/account.balance is kept under version 2, and is version 1 here'),
  })
  expect((await answer(new Map([['gone@2', cell]]), old)).status).toBe(200)
  const now = v2.handle({ go: () => undefined })
  expect((await answer(new Map([['balance', cell]]), now)).status).toBe(200)
  const unknown = requestFor(old, 'bob', (names) => [callMessage(names, 'go', undefined)])
  expect(await createHandler([now]).invoke(encodeBatchRequest(unknown))).toMatchObject({ status: 409 })
})

it('counts what it moves towards the size of a result', async () => {
  const { cells } = await deployed(({ state }) => (state.balance = 1))
  const big = new Uint8Array(900_000)
  cells.set('recent', { kind: 'list', head: 0, items: Array.from({ length: 20 }, () => big) })
  const blown = actor('bank/account', {
    state: {
      recent: list(json<string>('x/y'), {
        version: 2,
        migrate: {
          1: { type: { typename: 'x/z', encode: () => big, decode: () => 0 }, up: () => 'x'.repeat(900_000) },
        },
      }),
    },
    messages,
  })
  const request = requestFor(
    blown.handle({ go: ({ state }) => void state.recent.length }),
    'bob',
    (names) => [callMessage(names, 'go', undefined)],
    cells,
  )
  const result = await invokeOne(blown.handle({ go: ({ state }) => void state.recent.length }), request)
  expect(result.failed).toMatchObject({ code: 'LIMIT_EXCEEDED' })
  expect(result.mutations).toEqual([])
})
