import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { actor, int, list, map, nothing, outcome, request, string, TerminalError, value } from 'millrace'
import { testApplication } from 'millrace/testing'

describe('messages between actors', () => {
  test('an actor that sends to itself goes on until it stops', async () => {
    const countdown = actor('test/countdown', { state: { runs: value(int, { initial: 0 }) }, messages: { from: int } })
    const app = testApplication([
      countdown.handle({
        from(ctx, n) {
          ctx.state.runs += 1
          if (n > 0) ctx.send(countdown.at(ctx.id).from(n - 1))
        },
      }),
    ])
    await app.send(countdown.at('x').from(20))
    expect(app.state(countdown.at('x')).runs).toBe(21)
  })

  const bank = actor('test/bank', {
    state: { left: value(int, { initial: 10 }) },
    messages: { take: request(int, int) },
  })
  const shop = actor('test/shop', {
    state: { last: z.object({ ok: z.boolean(), text: z.string() }) },
    messages: { buy: int, paid: outcome(int) },
  })
  const handlers = [
    bank.handle({
      take(ctx, amount) {
        if (amount > ctx.state.left) throw new TerminalError(`only ${ctx.state.left} left`, { code: 'POOR' })
        return (ctx.state.left -= amount)
      },
    }),
    shop.handle({
      buy: (ctx, price) => ctx.send(bank.at('b').take(price), { reply: shop.at(ctx.id).paid }),
      paid(ctx, paid) {
        ctx.state.last = paid.ok
          ? { ok: true, text: `${paid.value}` }
          : { ok: false, text: `${paid.error.code}: ${paid.error.message}` }
      },
    }),
  ]

  test('a reply, or the refusal of the one asked, arrives as a message', async () => {
    const app = testApplication(handlers)
    await app.send(shop.at('s').buy(4))
    expect(app.state(shop.at('s')).last).toEqual({ ok: true, text: '6' })
    await app.send(shop.at('s').buy(7))
    expect(app.state(shop.at('s')).last).toEqual({ ok: false, text: 'POOR: only 6 left' })
    expect(app.state(bank.at('b')).left).toBe(6)
  })

  test('what no declaration names goes to otherwise, and without one to the dead letters', async () => {
    const old = actor('test/evolving', { state: {}, messages: { gone: string } })
    const now = actor('test/evolving', { state: { seen: list(string) }, messages: {} })
    const message = old.at('x').gone('hello')
    const taken = testApplication([
      now.handle({
        otherwise: (ctx, { name, bytes }) => ctx.state.seen.push(`${name} ${bytes ? string.decode(bytes) : 'nothing'}`),
      }),
    ])
    await taken.send(message)
    expect(taken.state(now.at('x')).seen).toEqual(['gone hello'])
    const refused = testApplication([now.handle({})])
    await refused.send(message)
    expect(refused.deadLetters()).toMatchObject([{ code: 'MESSAGE_UNKNOWN', message: 'gone', attempts: 1 }])
  })
})

describe('delayed messages', () => {
  const alarm = actor('test/alarm', {
    state: { rung: list(string) },
    messages: { set: string, soon: nothing, off: nothing, ring: string },
  })
  const handlers = alarm.handle({
    set: (ctx, text) => ctx.send(alarm.at(ctx.id).ring(text), { after: '1h', token: 'wake' }),
    soon(ctx) {
      for (const ms of [30, 10, 20, 10]) ctx.send(alarm.at(ctx.id).ring(`after ${ms}`), { after: ms })
      ctx.send(alarm.at(ctx.id).ring('after 0'), { after: 0 })
    },
    off: (ctx) => ctx.cancel('wake'),
    ring: (ctx, text) => ctx.state.rung.push(`${text} at ${ctx.now.toISOString().slice(11, 23)}`),
  })
  const start = () => testApplication([handlers])
  const x = alarm.at('x')

  test('come when their time has come, and not before', async () => {
    const app = start()
    await app.send(x.set('up'))
    await app.advance('59m')
    expect(app.state(x).rung).toEqual([])
    await app.advance('1m')
    expect(app.state(x).rung).toEqual(['up at 01:00:00.000'])
  })

  test('come in the order of their times, then of their sending', async () => {
    const app = start()
    await app.send(x.soon())
    await app.advance('1s')
    expect(app.state(x).rung.map((text) => text.slice(0, -16))).toEqual([
      'after 0',
      'after 10',
      'after 10',
      'after 20',
      'after 30',
    ])
  })

  test('are taken back by their token', async () => {
    const app = start()
    await app.send(x.set('up'))
    await app.send(x.off())
    await app.advance('2h')
    expect(app.state(x).rung).toEqual([])
  })

  test('are replaced by another with the same token, of the same actor alone', async () => {
    const app = start()
    await app.send(x.set('first'))
    await app.send(alarm.at('y').set('other'))
    await app.advance('30m')
    await app.send(x.set('second'))
    await app.crash()
    await app.advance('24h')
    expect(app.state(x).rung).toEqual(['second at 01:30:00.000'])
    expect(app.state(alarm.at('y')).rung).toEqual(['other at 01:00:00.000'])
  })

  test('come one after another through years', async () => {
    const yearly = actor('test/yearly', { state: { runs: value(int, { initial: 0 }) }, messages: { run: nothing } })
    const app = testApplication([
      yearly.handle({
        run(ctx) {
          ctx.state.runs += 1
          ctx.send(yearly.at(ctx.id).run(), { after: '365d' })
        },
      }),
    ])
    await app.send(yearly.at('x').run())
    await app.advance('3650d')
    expect(app.state(yearly.at('x')).runs).toBe(11)
  })
})

describe('state', () => {
  test('expires so long after it was written, or after its actor was called', async () => {
    const session = actor('test/session', {
      state: {
        written: value(int, { initial: 0, ttl: { after: '1h', since: 'write' } }),
        called: value(int, { initial: 0, ttl: { after: '1h', since: 'call' } }),
        items: list(int, { ttl: { after: '2h', since: 'write' } }),
      },
      messages: { write: int, touch: request(nothing, string) },
    })
    const app = testApplication([
      session.handle({
        write(ctx, n) {
          ctx.state.written = n
          ctx.state.called = n
          ctx.state.items.push(n)
        },
        touch: ({ state }) => `${state.written} ${state.called} ${[...state.items].join()}`,
      }),
    ])
    const x = session.at('x')
    await app.send(x.write(5))
    await app.advance('59m')
    expect(await app.call(x.touch())).toBe('5 5 5')
    await app.advance('59m')
    expect(app.state(x)).toEqual({ written: 0, called: 5, items: [5] })
    await app.crash()
    expect(await app.call(x.touch())).toBe('0 5 5')
    await app.advance('61m')
    expect(app.state(x)).toEqual({ written: 0, called: 0, items: [] })
    expect(await app.call(x.touch())).toBe('0 0 ')
  })

  test('is made of values, lists and maps, and can be cleared', async () => {
    const shelf = actor('test/shelf', {
      state: { note: string, items: list(string), counts: map(string, int) },
      messages: { put: string, take: nothing, empty: nothing },
    })
    const app = testApplication([
      shelf.handle({
        put({ state }, item) {
          state.note = `last ${item}`
          state.items.push(item)
          state.counts.set(item, (state.counts.get(item) ?? 0) + 1)
        },
        take: ({ state }) => void state.items.shift(),
        empty: (ctx) => ctx.clear(),
      }),
    ])
    const x = shelf.at('x')
    for (const item of ['b', 'a', 'b']) await app.send(x.put(item))
    await app.send(x.take())
    await app.crash()
    const { note, items, counts } = app.state(x)
    expect([note, items, [...counts]]).toEqual(['last b', ['a', 'b'], [['a', 1], ['b', 2]]]) // prettier-ignore
    await app.send(x.empty())
    expect(app.state(x)).toEqual({ note: undefined, items: [], counts: new Map() })
  })
})
