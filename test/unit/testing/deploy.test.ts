import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actor, type Duration, int, json, list, map, nothing, request, string, value } from 'millrace'
import { application, endpoint, inProcess } from 'millrace/config'
import { testApplication } from 'millrace/testing'

const messages = { add: int, read: request(nothing, string), clear: nothing, touch: nothing }
const once = { failure: { attempts: 2, firstDelay: '1s' } } as const
interface Money {
  amount: number
  currency: string
}
type Ttl = { after: Duration; since: 'write' | 'call' }

/** The same actor, as it was deployed first, second and third. */
const first = (ttl?: Ttl) => {
  const account = actor('bank/account', {
    state: { balance: value(int, { initial: 0, ...(ttl && { ttl }) }), log: list(int), seen: map(string, int) },
    messages,
    ...once,
  })
  const handlers = account.handle({
    add(ctx, by) {
      ctx.state.balance += by
      ctx.state.log.push(by)
      ctx.state.seen.set(`${by}`, by)
    },
    read: (ctx) => `${ctx.state.balance}`,
    clear: (ctx) => ctx.clear(),
    touch: () => undefined,
  })
  return { account, handlers }
}
const second = (ttl?: Ttl) => {
  const account = actor('bank/account', {
    state: {
      balance: value(json<Money>('bank/money'), {
        version: 2,
        initial: { amount: 0, currency: 'EUR' },
        ...(ttl && { ttl }),
        migrate: {
          1: {
            type: int,
            up: (amount) => {
              if (amount < 0) throw new Error('below nothing')
              return { amount, currency: 'EUR' }
            },
          },
        },
      }),
      log: list(string, { version: 2, migrate: { 1: { type: int, up: String } } }),
      seen: map(string, string, { version: 2, migrate: { 1: { type: int, up: String } } }),
    },
    messages,
    ...once,
  })
  const handlers = account.handle({
    add(ctx, by) {
      ctx.state.balance.amount += by
      ctx.state.log.push(`${by}`)
      ctx.state.seen.set(`${by}`, `${by}`)
    },
    read: ({ state: { balance } }) => `${balance.amount} ${balance.currency}`,
    clear: (ctx) => ctx.clear(),
    touch: () => undefined,
  })
  return { account, handlers }
}
const third = () => {
  const account = actor('bank/account', {
    state: {
      balance: value(string, {
        version: 3,
        initial: '0 EUR',
        migrate: {
          1: { type: int, up: (amount) => ({ amount, currency: 'EUR' }) },
          2: { type: json<Money>('bank/money'), up: ({ amount, currency }) => `${amount} ${currency}` },
        },
      }),
      log: list(json<{ by: number }>('bank/by'), {
        version: 3,
        migrate: { 1: { type: int, up: String }, 2: { type: string, up: (by) => ({ by: Number(by) }) } },
      }),
      seen: map(string, int, {
        version: 3,
        migrate: { 1: { type: int, up: String }, 2: { type: string, up: Number } },
      }),
    },
    messages,
  })
  const handlers = account.handle({
    add(ctx, by) {
      ctx.state.balance = `${Number.parseInt(ctx.state.balance) + by} EUR`
      ctx.state.log.push({ by })
      ctx.state.seen.set(`${by}`, by)
    },
    read: ({ state }) => state.balance,
    clear: (ctx) => ctx.clear(),
    touch: () => undefined,
  })
  return { account, handlers }
}
const idle = { clear: () => undefined, touch: () => undefined }
const v1 = first()
const v2 = second()

describe('a deploy that changes the type of a state', () => {
  test('finds every value, list and map as the new code declares it, over crashes in between', async () => {
    await using app = testApplication([v1.handlers])
    for (const id of ['ann', 'bob']) for (const by of [3, 4]) await app.send(v1.account.at(id).add(by))
    await app.deploy([v2.handlers])
    expect(await app.call(v2.account.at('bob').read())).toBe('7 EUR')
    await app.send(v2.account.at('bob').add(5))
    await app.crash()
    await app.send(v2.account.at('ann').add(1))
    await app.crash()
    expect(app.state(v2.account.at('bob'))).toEqual({
      balance: { amount: 12, currency: 'EUR' },
      log: ['3', '4', '5'],
      seen: new Map([
        ['3', '3'],
        ['4', '4'],
        ['5', '5'],
      ]),
    })
    expect(app.state(v2.account.at('ann'))).toMatchObject({ balance: { amount: 8 }, log: ['3', '4', '1'] })
    expect(app.deadLetters()).toEqual([])
  })

  test('holds what is still to come until code is there that can read what is kept', async () => {
    await using app = testApplication([v1.handlers])
    await app.send(v1.account.at('bob').add(3))
    await app.deploy([v2.handlers])
    await app.send(v2.account.at('ann').touch())
    await app.deploy([v1.handlers])
    // Nothing is kept under version 2 yet: the old code may go on.
    expect(await app.call(v1.account.at('bob').read())).toBe('3')
    await app.deploy([v2.handlers])
    await app.call(v2.account.at('bob').read())
    await app.deploy([v1.handlers])
    const held = app.call(v1.account.at('bob').read(), { idempotencyKey: 'held' })
    await expect(held).rejects.toThrow(
      "bank/account is not invoked: state bank/account.balance is kept under version 2, as that of 'bob', and this code has version 1: newer code has written it",
    )
    await app.send(v1.account.at('ann').add(5))
    await app.deploy([v2.handlers])
    await app.advance('1s')
    expect(app.state(v2.account.at('ann')).balance).toEqual({ amount: 5, currency: 'EUR' })
    expect(app.deadLetters()).toEqual([])
  })

  test('says how to declare a version where the type has changed without one', async () => {
    const changed = actor('bank/account', { state: { balance: string, log: map(string, int) }, messages })
    await using app = testApplication([v1.handlers])
    await app.send(v1.account.at('bob').add(3))
    await app.deploy([changed.handle({ add: () => undefined, read: () => '', ...idle })])
    await expect(app.call(v1.account.at('bob').read())).rejects.toThrow(
      /balance was declared as value of io.statefun.types\/int and is now value of io.statefun.types\/string: declare it with version: 2 and migrate: { 1: .*state bank\/account.log was .* keeps kind and keys/,
    )
  })

  test('is held where values are left of a version without a migration, or with one of another type', async () => {
    const to = (migrate: object, version = 3) =>
      actor('bank/account', {
        state: { balance: value(string, { version, migrate } as never) },
        messages,
      }).handle({ add: () => undefined, read: () => '', ...idle })
    await using app = testApplication([v1.handlers])
    await app.send(v1.account.at('bob').add(3))
    await app.deploy([to({ 2: { type: int, up: String } })])
    await expect(app.call(v1.account.at('bob').read())).rejects.toThrow(
      "balance is kept under version 1, as that of 'bob', and this code has version 3 without a migration from version 1: declare migrate: { 1:",
    )
    await app.deploy([to({ 1: { type: string, up: String } })])
    await expect(app.call(v1.account.at('bob').read())).rejects.toThrow(
      'was, as version 1, a value of io.statefun.types/int, and its migration reads a value of io.statefun.types/string: correct migrate.1.type',
    )
  })

  test('can leave a migration out once no value is left of its version', async () => {
    const later = actor('bank/account', {
      state: { balance: value(json<Money>('bank/money'), { version: 2 }) },
      messages,
    })
    await using app = testApplication([v1.handlers])
    await app.send(v1.account.at('bob').add(3))
    await app.deploy([v2.handlers])
    await app.send(v2.account.at('bob').add(1))
    const read = ({ state }: { state: { balance: Money | undefined } }) => `${state.balance?.amount}`
    await app.deploy([later.handle({ add: () => undefined, read, ...idle })])
    expect(await app.call(later.at('bob').read())).toBe('4')
  })
})

test('a migration that throws fails its message by policy, and leaves the state as it is', async () => {
  await using app = testApplication([v1.handlers])
  await app.send(v1.account.at('bob').add(-3))
  await app.deploy([v2.handlers])
  await expect(app.call(v2.account.at('bob').read())).rejects.toThrow(
    "bank/account.balance of 'bob', kept under version 1: its migration from version 1 threw: below nothing",
  )
  await app.send(v2.account.at('bob').add(1))
  expect(app.deadLetters()).toHaveLength(1)
  await app.advance('1m')
  const failed = { code: 'STATE_MIGRATION_FAILED', attempts: 2, address: 'bank/account/bob' }
  expect(app.deadLetters()).toMatchObject([failed, failed])
  await app.deploy([v1.handlers])
  expect(await app.call(v1.account.at('bob').read())).toBe('-3')
})

test('whatever is sent before, between and after two deploys, all of it is there, over crashes', async () => {
  const codes = [v1, v2, third()] as const
  const id = fc.constantFrom('ann', 'bob')
  const kindOf = <K extends string>(kind: K) => fc.constant(kind)
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: kindOf('add'), id, by: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: kindOf('deploy') }) },
    { weight: 1, arbitrary: fc.record({ kind: kindOf('crash') }) },
    { weight: 1, arbitrary: fc.record({ kind: kindOf('read'), id }) },
    { weight: 1, arbitrary: fc.record({ kind: kindOf('clear'), id }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 20 }), async (steps) => {
      let code = 0
      await using app = testApplication([v1.handlers])
      const model = new Map([
        ['ann', [] as number[]],
        ['bob', [] as number[]],
      ])
      for (const each of steps) {
        const { account } = codes[code]!
        switch (each.kind) {
          case 'crash':
            await app.crash()
            break
          case 'deploy':
            code = Math.min(2, code + 1)
            await app.deploy([codes[code]!.handlers])
            break
          case 'read':
            await app.send(account.at(each.id).read())
            break
          case 'clear':
            await app.send(account.at(each.id).clear())
            model.set(each.id, [])
            break
          case 'add':
            await app.send(account.at(each.id).add(each.by))
            model.get(each.id)?.push(each.by)
        }
      }
      for (; code < 2; code++) await app.deploy([codes[code + 1]!.handlers])
      for (const [id, added] of model) {
        const { balance, log, seen } = app.state(codes[2].account.at(id))
        expect(balance).toBe(`${added.reduce((sum, by) => sum + by, 0)} EUR`)
        expect(log).toEqual(added.map((by) => ({ by })))
        expect([...seen.keys()].sort()).toEqual([...new Set(added.map(String))].sort())
      }
      expect(app.deadLetters()).toEqual([])
    }),
    { numRuns: 40 },
  )
})

describe('a state that expires', () => {
  const steps = async (ttl: Ttl, message: 'read' | 'add' | 'touch') => {
    const [old, now] = [first(ttl), second(ttl)]
    const app = testApplication([old.handlers])
    await app.send(old.account.at('bob').add(7))
    await app.advance('30m')
    await app.deploy([now.handlers])
    if (message === 'add') await app.send(now.account.at('bob').add(1))
    else await app.send(now.account.at('bob')[message]())
    await app.crash()
    const amountAfter = async (duration: Duration) => {
      await app.advance(duration)
      return app.state(now.account.at('bob')).balance.amount
    }
    const seen = [await amountAfter('29m'), await amountAfter('2m'), await amountAfter('28m'), await amountAfter('2m')]
    await app.close()
    return seen
  }
  test.each<[string, Ttl['since'], 'read' | 'add' | 'touch', number[]]>([
    ['goes on to expire when it would have: moving it is no write', 'write', 'read', [7, 0, 0, 0]],
    ['lives on from a write that moves it', 'write', 'add', [8, 8, 8, 0]],
    ['lives on from a call that leaves it under its old version', 'call', 'touch', [7, 7, 7, 0]],
    ['lives on from a call that moves it', 'call', 'read', [7, 7, 7, 0]],
  ])('%s (since %s, by %s)', async (_, since, message, amounts) => {
    expect(await steps({ after: '1h', since }, message)).toEqual(amounts)
  })

  test('is not left of an old version once its time is over', async () => {
    const old = first({ after: '1h', since: 'write' })
    const later = actor('bank/account', {
      state: { balance: value(json<Money>('bank/money'), { version: 2 }) },
      messages,
    })
    await using app = testApplication([old.handlers])
    await app.send(old.account.at('bob').add(7))
    await app.advance('1h')
    await app.deploy([later.handle({ add: () => undefined, read: (ctx) => `${ctx.state.balance}`, ...idle })])
    expect(await app.call(later.at('bob').read())).toBe('undefined')
  })
})

test('a state that takes all the room there is moves, though for a moment there are two of it', async () => {
  const actorOf = (version: 1 | 2) =>
    actor('x/y', {
      state: {
        text:
          version === 1 ? value(string) : value(string, { version: 2, migrate: { 1: { type: string, up: (s) => s } } }),
      },
      messages: { set: string, read: request(nothing, int) },
    })
  const handlersOf = (version: 1 | 2) =>
    actorOf(version).handle({
      set: (ctx, text) => void (ctx.state.text = text),
      read: (ctx) => ctx.state.text?.length ?? 0,
    })
  const limited = application('x', { functions: [inProcess([handlersOf(1)])], limits: { stateBytesMax: 1_100 } })
  await using app = testApplication(limited)
  await app.send(actorOf(1).at('a').set('x'.repeat(1_000)))
  await app.deploy([handlersOf(2)])
  expect(await app.call(actorOf(2).at('a').read())).toBe(1_000)
  expect(app.deadLetters()).toEqual([])
})

describe('deploying in a test', () => {
  test('replaces the code of what it names and no other, also of what is served from a URL', async () => {
    const other = actor('x/other', { state: {}, messages: { who: request(nothing, string) } })
    const bank = application('bank', {
      functions: [
        endpoint('https://bank.example.com', [v1.account]),
        inProcess([other.handle({ who: () => 'other' })]),
      ],
    })
    await using app = testApplication(bank, { handlers: [v1.handlers] })
    await app.deploy([v2.handlers])
    expect([await app.call(other.at('x').who()), await app.call(v2.account.at('bob').read())]).toEqual([
      'other',
      '0 EUR',
    ])
  })

  test('refuses handlers of what the application does not serve', async () => {
    const other = actor('x/other', { state: {}, messages: {} })
    await using app = testApplication([v1.handlers])
    await expect(app.deploy([other.handle({})])).rejects.toThrow('serves no x/other')
    expect(await app.call(v1.account.at('bob').read())).toBe('0')
  })
})
