import { expect, it } from 'vitest'
import { z } from 'zod'
import { actor, egress, int, json, nothing, outcome, request, string, TerminalError, value } from 'millrace'
import { utf8Encode } from '../../../runtime/model/bytes.ts'
import { decodeOutcome } from '../../../runtime/protocol/outcome.ts'
import { decodeReply, encodeMessage } from '../../../runtime/sdk/message.ts'
import { callMessage, invokeOne, OneActor, requestFor } from './invoke.ts'

const Receipt = z.object({ ok: z.boolean(), left: z.number() })
const alerts = egress('alerts', Receipt)
const account = actor('bank/account', {
  state: { balance: value(int, { initial: 0 }), note: string },
  messages: {
    deposit: int,
    withdraw: request(int, Receipt),
    settled: outcome(Receipt),
    ping: request(nothing, nothing),
  },
})
const handlers = {
  deposit: () => undefined,
  withdraw: () => ({ ok: true, left: 0 }),
  settled: () => undefined,
  ping: () => undefined,
}
const bob = account.at('bob')

it('counts', async () => {
  const one = new OneActor(account.handle({ ...handlers, deposit: (ctx, n) => void (ctx.state.balance += n) }))
  const result = await one.run(bob.deposit(2), bob.deposit(3))
  expect(result).toEqual({
    call: 0,
    mutations: [{ op: 'set', state: 0, value: int.encode(5) }],
    sends: [],
    emits: [],
    replies: [],
    failed: undefined,
    incomplete: undefined,
  })
})

it('replies to requests alone, each with what its handler returned', async () => {
  const one = new OneActor(account.handle({ ...handlers, withdraw: async (_, n) => ({ ok: true, left: n }) }))
  const { replies } = await one.run(bob.deposit(1), bob.withdraw(2), bob.ping())
  expect(replies.map(({ from }) => from)).toEqual([1, 2])
  expect(decodeReply(bob.withdraw(2), replies[0]?.payload)).toEqual({ ok: true, left: 2 })
  expect(replies[1]?.payload).toBeUndefined()
})

it('takes back the failing message alone, and leaves those after it for later', async () => {
  const ran: number[] = []
  const one = new OneActor(
    account.handle({
      ...handlers,
      deposit(ctx, n) {
        ran.push(n)
        ctx.state.balance += n
        ctx.state.note = `note ${n}`
        ctx.send(bob.deposit(n))
        ctx.emit(alerts, { value: { ok: true, left: n } })
        if (n === 3) throw new Error('no threes')
      },
    }),
  )
  const result = await one.run(bob.deposit(1), bob.deposit(2), bob.deposit(3), bob.deposit(4))
  expect(ran).toEqual([1, 2, 3])
  expect(result.mutations).toEqual([
    { op: 'set', state: 0, value: int.encode(3) },
    { op: 'set', state: 1, value: string.encode('note 2') },
  ])
  expect(result.sends.map(({ from }) => from)).toEqual([0, 1])
  expect(result.emits.map(({ from }) => from)).toEqual([0, 1])
  expect(result.failed).toEqual({
    index: 2,
    code: 'HANDLER_FAILED',
    terminal: false,
    message: "bank/account.deposit of 'bob': no threes",
  })
})

it('takes back what an async handler did before it failed', async () => {
  const one = new OneActor(
    account.handle({
      ...handlers,
      async deposit(ctx, n) {
        ctx.state.balance += n
        await Promise.resolve()
        if (n === 2) throw new TerminalError('refused', { code: 'NO' })
      },
    }),
  )
  const result = await one.run(bob.deposit(1), bob.deposit(2), bob.deposit(4))
  expect(result.mutations).toEqual([{ op: 'set', state: 0, value: int.encode(1) }])
  expect(result.failed).toEqual({ index: 1, code: 'NO', terminal: true, message: 'refused' })
})

it('refuses for good what it cannot decode, naming message and address', async () => {
  const implementation = account.handle({ ...handlers, deposit: () => expect.fail('ran') })
  const bad = requestFor(implementation, 'bob', (names) => [callMessage(names, 'deposit', Uint8Array.of(1))])
  const { failed } = await invokeOne(implementation, bad)
  expect(failed).toMatchObject({ index: 0, code: 'VALUE_INVALID', terminal: true })
  expect(failed?.message).toContain("bank/account.deposit of 'bob': 1 bytes that are no int")
  const empty = requestFor(implementation, 'bob', (names) => [callMessage(names, 'deposit', undefined)])
  expect((await invokeOne(implementation, empty)).failed?.message).toContain('there is no payload')
})

it('gives unknown messages to otherwise, and refuses them for good without one', async () => {
  const seen: unknown[] = []
  const taking = account.handle({ ...handlers, otherwise: (_, raw) => void seen.push(raw) })
  const request = requestFor(taking, 'bob', (names) => [callMessage(names, 'dance', Uint8Array.of(7))])
  expect((await invokeOne(taking, request)).failed).toBeUndefined()
  expect(seen).toEqual([{ name: 'dance', bytes: Uint8Array.of(7) }])
  expect((await invokeOne(account.handle(handlers), request)).failed).toMatchObject({
    code: 'MESSAGE_UNKNOWN',
    terminal: true,
  })
})

it('knows a declared message by name that the coordinator has not discovered yet', async () => {
  const implementation = account.handle({ ...handlers, deposit: (ctx, n) => void (ctx.state.balance += n) })
  const request = requestFor(implementation, 'bob', () => [callMessage([], 'deposit', int.encode(4))])
  expect((await invokeOne(implementation, request)).mutations).toEqual([{ op: 'set', state: 0, value: int.encode(4) }])
})

it('tries again where state or effects cannot be written, and names them', async () => {
  const one = new OneActor(account.handle({ ...handlers, deposit: (ctx, n) => void (ctx.state.balance += n * 2) }))
  const { failed, mutations } = await one.run(bob.deposit(2 ** 31 - 1))
  expect(mutations).toEqual([])
  expect(failed).toMatchObject({ code: 'VALUE_INVALID', terminal: false })
  expect(failed?.message).toContain('bank/account.balance: 4294967294 is no whole number of 32 bits')
})

it('fails a request whose handler returns something else than the reply that is owed', async () => {
  const one = new OneActor(account.handle({ ...handlers, withdraw: () => undefined as never }))
  expect((await one.run(bob.withdraw(1))).failed?.message).toContain('bank/account.withdraw reply')
})

it('records sends with delay, token, reply and payload', async () => {
  const one = new OneActor(
    account.handle({
      ...handlers,
      deposit(ctx) {
        ctx.send(account.at('eve').withdraw(5), { after: '2s', token: 't', reply: account.at('bob').settled })
        ctx.cancel('t')
        ctx.send(account.at('eve').ping(), { after: 0 })
      },
    }),
  )
  expect((await one.run(bob.deposit(1))).sends).toEqual([
    {
      kind: 'send',
      from: 0,
      typename: 'bank/account',
      id: 'eve',
      message: 'withdraw',
      payload: int.encode(5),
      delayMs: 2000,
      token: 't',
      replyTo: { typename: 'bank/account', id: 'bob', message: 'settled' },
    },
    { kind: 'cancel', from: 0, token: 't' },
    expect.objectContaining({ message: 'ping', payload: undefined, delayMs: 0, token: undefined }),
  ])
})

it('records what it emits, texts as UTF-8', async () => {
  const one = new OneActor(
    account.handle({
      ...handlers,
      deposit(ctx) {
        ctx.emit(alerts, { key: 'k', value: { ok: true, left: 1 }, headers: [['h', 'x']], timestamp: new Date(5) })
        ctx.emit(alerts, { value: null })
      },
    }),
  )
  const { emits } = await one.run(bob.deposit(1))
  expect(emits).toEqual([
    {
      from: 0,
      egress: 'alerts',
      key: utf8Encode('k'),
      value: utf8Encode('{"ok":true,"left":1}'),
      headers: [['h', utf8Encode('x')]],
      timestampMs: 5,
    },
    { from: 0, egress: 'alerts', key: null, value: null, headers: [], timestampMs: undefined },
  ])
})

it('tells where a message comes from', async () => {
  const seen: Record<string, unknown>[] = []
  const implementation = account.handle({
    ...handlers,
    deposit({ id, self, caller, messageId, now, attempt, record }) {
      seen.push({ id, self, caller, messageId, now, attempt, record })
    },
  })
  const record = {
    source: 0,
    partition: 3,
    offset: 17,
    timestampMs: 99,
    key: Uint8Array.of(1),
    headers: [['h', null]] as const,
    routeIndex: 2,
  }
  const request = requestFor(implementation, 'bob', (names) => [
    { ...callMessage(names, 'deposit', int.encode(1)), messageId: undefined, attempt: 4, record },
    { ...callMessage(names, 'deposit', int.encode(1)), caller: { typename: 'a/b', id: 'c' } },
  ])
  await invokeOne(implementation, request)
  const self = { namespace: 'bank', name: 'account', id: 'bob' }
  const now = new Date(1_700_000_000_000)
  expect(seen).toEqual([
    {
      id: 'bob',
      self,
      caller: undefined,
      messageId: 'transfers/bank.transfers/3/17/2',
      now,
      attempt: 4,
      record: {
        ingress: 'transfers',
        topic: 'bank.transfers',
        partition: 3,
        offset: 17,
        timestamp: new Date(99),
        key: Uint8Array.of(1),
        headers: [['h', null]],
      },
    },
    {
      id: 'bob',
      self,
      caller: { namespace: 'a', name: 'b', id: 'c' },
      messageId: 'm1',
      now,
      attempt: 1,
      record: undefined,
    },
  ])
})

it('lets nobody use ctx after the handler has returned', async () => {
  let late: (() => void)[] = []
  const one = new OneActor(
    account.handle({
      ...handlers,
      deposit(ctx) {
        const { state } = ctx
        late = [
          () => ctx.send(bob.deposit(1)),
          () => ctx.cancel('t'),
          () => ctx.clear(),
          () => ctx.emit(alerts, { value: null }),
          () => void ctx.state,
          () => void state.balance,
          () => void (state.balance = 1),
        ]
      },
    }),
  )
  await one.run(bob.deposit(1))
  expect(late).toHaveLength(7)
  for (const use of late) expect(use).toThrow("bank/account.deposit of 'bob': ctx was used after")
})

it('bounds effects, tokens, ids and payloads', async () => {
  const one = new OneActor(
    account.handle({
      ...handlers,
      deposit(ctx, n) {
        if (n === 1) for (let i = 0; i <= 10_000; i++) ctx.cancel('t')
        if (n === 2) ctx.send(bob.ping(), { token: '' })
        if (n === 3) ctx.send(account.at('x'.repeat(1025)).ping())
        if (n === 4) ctx.emit(alerts, { value: null, timestamp: new Date(NaN) })
        if (n === 5) ctx.send(bob.ping(), { after: -1 })
      },
    }),
  )
  expect((await one.run(bob.deposit(1))).failed?.message).toContain('effectsPerMessageMax')
  expect((await one.run(bob.deposit(2))).failed?.message).toContain('a token is a text')
  expect((await one.run(bob.deposit(3))).failed?.message).toContain('idBytesMax')
  expect((await one.run(bob.deposit(4))).failed?.message).toContain('timestamp')
  expect((await one.run(bob.deposit(5))).failed?.message).toContain('after is -1')
  const blob = actor('a/b', { state: {}, messages: { take: json<string>('a/text') } })
  expect(() => encodeMessage(blob.at('x').take('x'.repeat(1 << 20)))).toThrow('valueBytesMax')
})

it('fails the message with which a call has more effects than an answer may have', async () => {
  const big = actor('a/big', { state: { blob: json<string>('a/text') }, messages: { fill: int } })
  const one = new OneActor(
    big.handle({
      fill(ctx, times) {
        for (let i = 0; i < times; i++) ctx.emit(egress('out', json<string>('a/text')), { value: 'x'.repeat(1 << 19) })
      },
    }),
  )
  const result = await one.run(big.at('x').fill(20), big.at('x').fill(20))
  expect(result.emits).toHaveLength(20)
  expect(result.failed).toMatchObject({ index: 1, code: 'LIMIT_EXCEEDED', terminal: false })
})

it('refuses a message that was made by hand', () => {
  expect(() => encodeMessage({ ...structuredClone({ to: bob.address, name: 'deposit', body: 1 }) } as never)).toThrow(
    'account.at(id)',
  )
})

it('encodes an outcome that answers a request as the handler of the reply reads it', async () => {
  const outcomes: unknown[] = []
  const one = new OneActor(account.handle({ ...handlers, settled: (_, given) => void outcomes.push(given) }))
  const settled = { ok: true, value: { ok: true, left: 2 } } as const
  expect(decodeOutcome(encodeMessage(bob.settled(settled)).payload!).ok).toBe(true)
  await one.run(bob.settled(settled), bob.settled({ ok: false, error: { code: 'C', message: 'm' } }))
  expect(outcomes).toEqual([settled, { ok: false, error: { code: 'C', message: 'm' } }])
})
