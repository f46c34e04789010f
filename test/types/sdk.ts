import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import {
  actor,
  type Duration,
  egress,
  int,
  json,
  list,
  map,
  nothing,
  outcome,
  request,
  type StateSnapshot,
  string,
  TerminalError,
  value,
} from 'millrace'

// What user code infers, and what the compiler refuses. Never run: `tsc` checks it.
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(..._: Same<A, B> extends true ? [] : [never]) => undefined

const Payment = z.object({ card: z.string(), amount: z.number(), merchant: z.string() })
const Receipt = z.object({ ok: z.boolean(), left: z.number() })
const Alert = v.object({ card: v.string(), reason: v.string() })
const Limit = type({ most: 'number' })
const alerts = egress('alerts', Alert)

const account = actor('bank/account', {
  state: { balance: value(int, { initial: 0 }), note: string, limit: Limit },
  messages: { deposit: int, withdraw: request(int, Receipt), close: request(nothing, nothing) },
  failure: { attempts: 3, firstDelay: '100ms' },
})
const card = actor('fraud/card', {
  state: {
    total: value(int, { initial: 0, ttl: { after: '24h', since: 'write' } }),
    recent: list(Payment),
    merchants: map(string, int),
  },
  messages: { payment: Payment, settled: outcome(Receipt), forget: nothing },
})

export const accountHandlers = account.handle({
  deposit(ctx, amount) {
    same<typeof amount, number>()
    same<typeof ctx.state.balance, number>()
    same<typeof ctx.state.note, string | undefined>()
    same<typeof ctx.state.limit, { most: number } | undefined>()
    if (amount < 0) throw new TerminalError('negative', { code: 'NEGATIVE' })
    ctx.state.balance += amount
    ctx.state.note = undefined
    // @ts-expect-error a balance is a number
    ctx.state.balance = 'much'
    // @ts-expect-error no such state
    ctx.state.blance = 1
  },
  async withdraw(ctx, amount) {
    ctx.send(account.at('fees').deposit(1)) // to its own type: no circular inference
    return { ok: true, left: ctx.state.balance - amount }
  },
  close: () => undefined,
})

export const cardHandlers = card.handle({
  payment(ctx, payment) {
    ctx.state.recent.push(payment)
    const count = ctx.state.merchants.get(payment.merchant)
    same<typeof count, number | undefined>()
    for (const [merchant, times] of ctx.state.merchants) same<[typeof merchant, typeof times], [string, number]>()
    ctx.emit(alerts, { key: ctx.id, value: { card: payment.card, reason: 'much' }, headers: [['id', ctx.messageId]] })
    ctx.emit(alerts, { value: null })
    ctx.send(account.at('bob').withdraw(payment.amount), { reply: card.at(ctx.id).settled })
    ctx.send(card.at(ctx.id).forget(), { after: '24h', token: 'forget' })
    ctx.cancel('forget')
    // @ts-expect-error a list is changed by its methods
    ctx.state.recent = []
    // @ts-expect-error another item
    ctx.state.recent.push({ card: 1 })
    // @ts-expect-error a reply goes to a message that takes this outcome
    ctx.send(account.at('bob').withdraw(1), { reply: card.at('x').payment })
    // @ts-expect-error another egress value
    ctx.emit(alerts, { value: { card: 1 } })
    // @ts-expect-error no unit
    ctx.send(card.at(ctx.id).forget(), { after: '24' })
  },
  settled(ctx, receipt) {
    if (receipt.ok) same<typeof receipt.value, { ok: boolean; left: number }>()
    else same<typeof receipt.error.code, string>()
    ctx.clear()
  },
  forget(ctx, message) {
    same<typeof message, undefined>()
    ctx.state.recent.clear()
  },
  otherwise(ctx, raw) {
    same<typeof raw.bytes, Uint8Array | undefined>()
    same<NonNullable<typeof ctx.record>['offset'], number>()
  },
})

const withdrawal = account.at('bob').withdraw(5)
same<NonNullable<typeof withdrawal.reply>, { ok: boolean; left: number }>()
card.at('1').forget()
export const toDeposit = account.messages.deposit
same<NonNullable<typeof toDeposit.types>, [number, void]>()
same<StateSnapshot<NonNullable<typeof card.state>>['recent'], readonly z.infer<typeof Payment>[]>()
export const late: Duration = '10m'

// @ts-expect-error another payload
account.at('bob').deposit('5')
// @ts-expect-error a payload is missing
account.at('bob').deposit()
// @ts-expect-error no such message
account.at('bob').depositt(5)
// @ts-expect-error a reply is owed
account.handle({ deposit() {}, withdraw() {}, close() {} })
// @ts-expect-error a handler is missing
account.handle({ deposit() {}, close() {} })
// @ts-expect-error a typename has a namespace
actor('account', { state: {}, messages: {} })
// @ts-expect-error reserved
actor('a/b', { state: {}, messages: { otherwise: int } })
// @ts-expect-error an initial value of another type
value(int, { initial: 'none' })
// @ts-expect-error time to live since nothing
value(int, { ttl: { after: '1h', since: 'read' } })

// `up` takes what its version's type reads, and gives what the next version that is named takes, at last the present one.
const Money = z.object({ amount: z.number(), currency: z.string() })
const migrated = actor('a/b', {
  state: {
    last: value(Money, { version: 2, migrate: { 1: { type: int, up: (amount) => ({ amount, currency: 'EUR' }) } } }),
    chained: value(Money, {
      version: 3,
      initial: { amount: 0, currency: 'EUR' },
      migrate: {
        1: { type: int, up: (amount) => `${amount.toFixed()} EUR` },
        2: { type: string, up: (text) => ({ amount: Number(text.slice(0, -4)), currency: text.slice(-3) }) },
      },
    }),
    past: list(Money, {
      version: 7,
      migrate: { 3: { type: json<Date[]>('a/dates'), up: ([at]) => cents(at!.getTime()) } },
    }),
    far: map(string, Money, { version: 400, migrate: { 399: { type: int, up: (amount) => cents(amount) } } }),
  },
  messages: {},
})
const cents = (amount: number) => ({ amount, currency: 'EUR' })
same<StateSnapshot<NonNullable<typeof migrated.state>>['last'], z.infer<typeof Money> | undefined>()
same<StateSnapshot<NonNullable<typeof migrated.state>>['chained'], z.infer<typeof Money>>()
same<StateSnapshot<NonNullable<typeof migrated.state>>['past'], readonly z.infer<typeof Money>[]>()
// @ts-expect-error a currency is missing
value(Money, { version: 2, migrate: { 1: { type: int, up: (amount) => ({ amount }) } } })
// @ts-expect-error what is kept was a number
value(Money, { version: 2, migrate: { 1: { type: int, up: (amount: string) => cents(Number(amount)) } } })
// @ts-expect-error version 1 becomes version 2, not the present one
list(Money, { version: 3, migrate: { 1: { type: int, up: cents }, 2: { type: string, up: () => cents(0) } } })
// @ts-expect-error a migration cannot wait
map(string, Money, { version: 2, migrate: { 1: { type: int, up: async (amount) => cents(amount) } } })

const Parsed = z.string().transform(Number)
// @ts-expect-error a number cannot be read again where a text is wanted
actor('a/b', { state: {}, messages: { count: Parsed } })
// @ts-expect-error the same for state
actor('a/b', { state: { count: Parsed }, messages: {} })
// @ts-expect-error the same for a value with options
value(Parsed, { initial: 1 })
// @ts-expect-error the same for an older version
value(int, { version: 2, migrate: { 1: { type: Parsed, up: (n) => n } } })
// @ts-expect-error the same for a reply
request(int, Parsed)
actor('a/b', {
  state: { at: z.coerce.date(), n: z.number().default(0) },
  messages: { both: v.optional(v.number(), 1) },
})
