import { afterEach, describe, expect, test, vi } from 'vitest'
import { actor, egress, int, json, string, value } from 'millrace'
import { type Client } from 'millrace/client'
import { application, endpoint, inProcess, kafka, s3 } from 'millrace/config'
import { testApplication } from 'millrace/testing'
import { account, accountHandlers, Alert, alerts, Transfer } from './bank.ts'

afterEach(() => void vi.useRealTimers())

const bank = application('bank', {
  ingress: { transfers: kafka({ topic: 'transfers', value: Transfer }), raw: kafka({ topics: ['raw-a', 'raw-b'] }) },
  routes: (route) => [
    route('transfers', ({ value }) => [
      account.at(value.from).withdraw(value.amount),
      account.at(value.to).deposit(value.amount),
    ]),
    route('raw', { by: 'key', to: account.messages.deposit }),
  ],
  functions: [endpoint('https://bank.example.com', [account])],
  egress: { alerts: kafka({ topic: 'bank.alerts' }) },
  storage: s3(),
  kafka: { brokers: ['kafka.example.com:9092'], sasl: { mechanism: 'plain', username: 'bank' } },
})

describe('an application of handlers', () => {
  test('is the example of the SDK', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    await app.send(account.at('bob').deposit(10))
    expect(await app.call(account.at('bob').withdraw(3))).toEqual({ ok: true, left: 7 })
    await app.advance('24h')
    await app.crash()
    expect(app.state(account.at('bob')).balance).toBe(7)
    expect(app.state(account.at('fees')).balance).toBe(1)
    expect(app.emitted(alerts)).toEqual([])
    await app.close()
  })

  test('knows nothing before it was told something', () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    expect(app.state(account.at('bob')).balance).toBe(0)
    expect(app.emitted(alerts)).toEqual([])
    expect(app.deadLetters()).toEqual([])
  })

  test('tells what was emitted, all of it or only what is new', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    const alert = (name: string) => ({ key: name, value: { account: name, left: 0 } })
    await app.call(account.at('bob').withdraw(1))
    expect(app.takeEmitted(alerts)).toEqual([alert('bob')])
    await app.crash()
    await app.call(account.at('ann').withdraw(1))
    expect(app.takeEmitted(alerts)).toEqual([alert('ann')])
    expect(app.takeEmitted(alerts)).toEqual([])
    expect(app.emitted(alerts)).toEqual([alert('bob'), alert('ann')])
  })

  test('hands out headers, null values and bytes of an egress', async () => {
    const out = egress('out', json<number>('test/n'))
    const emitter = actor('test/emitter', { state: {}, messages: { go: string } })
    const handlers = emitter.handle({
      go(ctx, text) {
        ctx.emit(out, { key: Uint8Array.of(0xff), value: 1, headers: [['a', text], ['b', Uint8Array.of(0xff)], ['c', null]] }) // prettier-ignore
        ctx.emit(out, { value: null })
      },
    })
    const app = testApplication([handlers], { egress: [out] })
    await app.send(emitter.at('x').go('hi'))
    expect(app.emitted(out)).toEqual([
      { key: 'bytes:ff', value: 1, headers: [['a', 'hi'], ['b', Uint8Array.of(0xff)], ['c', null]] }, // prettier-ignore
      { key: null, value: null },
    ])
  })

  test('waits for handlers that wait for something real', async () => {
    const slow = actor('test/slow', { state: { n: value(int, { initial: 0 }) }, messages: { add: int } })
    const handlers = slow.handle({
      async add(ctx, by) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        ctx.state.n += by
        if (by > 1) ctx.send(slow.at(ctx.id).add(by - 1))
      },
    })
    const app = testApplication([handlers])
    await app.send(slow.at('x').add(3))
    expect(app.state(slow.at('x')).n).toBe(6)
  })

  test('is a client for code that wants one', async () => {
    const pay = async (client: Client) => client.call(account.at('bob').withdraw(1))
    expect(await pay(testApplication([accountHandlers], { egress: [alerts] }))).toEqual({ ok: false, left: 0 })
  })

  test('knows the types of state and replies', async () => {
    const app = testApplication([accountHandlers], { egress: [alerts] })
    const { left } = await app.call(account.at('bob').withdraw(1))
    const both: number = left + app.state(account.at('bob')).balance
    expect(both).toBe(0)
    // @ts-expect-error no such state
    expect(app.state(account.at('bob')).blance).toBeUndefined()
    const reasons: (string | undefined)[] = app.emitted(alerts).map(({ value }) => value?.account)
    expect(reasons).toEqual(['bob'])
  })

  test('does not notice that a test has replaced the timers', async () => {
    vi.useFakeTimers()
    const app = testApplication([accountHandlers], { egress: [alerts] })
    await app.send(account.at('bob').deposit(1))
    await app.advance('1h')
    expect(app.state(account.at('bob')).balance).toBe(1)
  })

  test('finds what a schema does not let pass', async () => {
    const strict = actor('test/strict', { state: { alert: Alert }, messages: { write: json<never>('test/any') } })
    const handlers = strict.handle({ write: (ctx, anything) => void (ctx.state.alert = anything) })
    const app = testApplication([handlers])
    await app.send(strict.at('x').write({ account: 5 } as never))
    await app.advance('1m')
    expect(app.deadLetters()).toMatchObject([{ code: 'VALUE_INVALID', address: 'test/strict/x' }])
    expect(app.deadLetters()[0]?.error).toContain('test/strict.alert')
  })

  test('is the same for the same seed', async () => {
    const failing = actor('test/failing', { state: {}, messages: { go: string } })
    const times = async (seed: number) => {
      const seen: string[] = []
      const handlers = failing.handle({
        go(ctx) {
          seen.push(ctx.now.toISOString())
          throw new Error('no')
        },
      })
      const app = testApplication([handlers], { seed, startAt: new Date('2026-05-01T00:00:00Z') })
      await app.send(failing.at('x').go('now'))
      await app.advance('1m')
      expect(app.now).toEqual(new Date('2026-05-01T00:01:00Z'))
      return seen
    }
    const once = await times(7)
    expect(once[0]).toBe('2026-05-01T00:00:00.000Z')
    expect(once).toHaveLength(10)
    expect(await times(7)).toEqual(once)
    expect(await times(8)).not.toEqual(once)
  })
})

describe('an application of a definition', () => {
  test('runs routes, over handlers that stand for those behind a URL', async () => {
    const app = testApplication(bank, { handlers: [accountHandlers] })
    await app.feed('transfers', { key: 'a', value: { from: 'ann', to: 'bob', amount: 5 } })
    expect(app.state(account.at('bob')).balance).toBe(5)
    expect(app.emitted(alerts)).toEqual([{ key: 'ann', value: { account: 'ann', left: 0 } }])
    await app.feed('raw-b', { key: 'bob', value: int.encode(7) }, { key: 'ann', value: int.encode(1) })
    expect(app.state(account.at('bob')).balance).toBe(12)
    expect(app.state(account.at('ann')).balance).toBe(1)
  })

  test('gives functions the record that a message was made of', async () => {
    const seen: unknown[] = []
    const watcher = actor('test/watcher', { state: {}, messages: { see: string } })
    const handlers = watcher.handle({
      see: ({ record }, text) => void seen.push([text, record?.topic, record?.timestamp, record?.headers]),
    })
    const app = testApplication(
      application('watch', {
        ingress: { in: kafka({ topic: 'topic-in' }) },
        routes: (route) => [
          route('in', ({ key, value }) => watcher.at(key ?? '').see(new TextDecoder().decode(value))),
        ],
        functions: [inProcess([handlers])],
      }),
    )
    const timestamp = new Date('2026-01-02T03:04:05Z')
    await app.feed('in', { key: 'k', value: 'a text', headers: [['h', 'v']], timestamp })
    expect(seen).toEqual([['a text', 'topic-in', timestamp, [['h', new TextEncoder().encode('v')]]]])
  })

  test('sends a record that cannot be read to the dead letters', async () => {
    const app = testApplication(bank, { handlers: [accountHandlers] })
    await app.feed('transfers', { key: 'k', value: new TextEncoder().encode('{"from":') })
    expect(app.deadLetters()).toMatchObject([
      { code: 'VALUE_INVALID', ingress: 'transfers', key: 'k', address: undefined, attempts: 0 },
    ])
  })

  test('takes more records than the coordinator holds at once', async () => {
    const app = testApplication(bank, { handlers: [accountHandlers] })
    const many = Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i % 3}`, value: int.encode(1) }))
    await app.feed('raw-a', ...many)
    const balances = ['k0', 'k1', 'k2'].map((id) => app.state(account.at(id)).balance)
    expect(balances).toEqual([6667, 6667, 6666])
  })
})

describe('errors say what to do', () => {
  test.each<[string, () => unknown, string]>([
    ['an unknown egress', () => testApplication([accountHandlers]).emitted(alerts), '{ egress: [alerts] }'],
    [
      'an unknown egress of a definition',
      () => testApplication(bank, { handlers: [accountHandlers] }).emitted(egress('alarms', Alert)),
      "no egress 'alarms' (it has: alerts)",
    ],
    ['functions behind a URL', () => testApplication(bank), 'pass its handlers'],
    [
      'handlers that nothing names',
      () => {
        const other = actor('test/other', { state: {}, messages: {} }).handle({})
        return testApplication(bank, { handlers: [accountHandlers, other] })
      },
      'serves no test/other',
    ],
    [
      'state in the middle of a call',
      () => {
        const app = testApplication([accountHandlers])
        void app.send(account.at('bob').deposit(1))
        return app.state(account.at('bob'))
      },
      'await that call first',
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message)
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['an ingress of handlers alone', () => testApplication([accountHandlers]).feed('in', { value: 1 }), 'use send'],
    [
      'an unknown ingress',
      () => testApplication(bank, { handlers: [accountHandlers] }).feed('transfer', { value: 1 }),
      'no ingress or topic \'transfer\'; application "bank" has: transfers, raw',
    ],
    [
      'an ingress of several topics',
      () => testApplication(bank, { handlers: [accountHandlers] }).feed('raw', { value: null }),
      'ingress raw reads raw-a, raw-b: name one of them',
    ],
    [
      'a value that the ingress refuses',
      () => testApplication(bank, { handlers: [accountHandlers] }).feed('transfers', { value: { from: 'ann' } }),
      'a record for ingress transfers',
    ],
    [
      'a value for an ingress without a type',
      () => testApplication(bank, { handlers: [accountHandlers] }).feed('raw-a', { value: 5 }),
      'feed it bytes or a text',
    ],
    [
      'an actor that is not served',
      () =>
        testApplication([accountHandlers]).send(
          actor('test/x', { state: {}, messages: { a: int } })
            .at('1')
            .a(1),
        ),
      "test/x.a of '1': no function test/x is bound",
    ],
    ['a duration without a unit', () => testApplication([accountHandlers]).advance('24' as '24h'), 'advance is "24"'],
  ])('%s', async (_, act, message) => {
    await expect(act()).rejects.toThrow(message)
  })

  test('after the end', async () => {
    const app = testApplication([accountHandlers])
    await app.send(account.at('bob').deposit(1))
    await app[Symbol.asyncDispose]()
    await expect(app.send(account.at('bob').deposit(1))).rejects.toThrow('was closed')
    expect(() => app.state(account.at('bob'))).toThrow('was closed')
  })
})
