import { serve } from 'millrace/workers'
import {
  desk,
  disorder,
  ledger,
  notes,
  out,
  reminders,
  remindEvery,
  sumParts,
  totalEvery,
  totalOf,
  totals,
  totalsOut,
} from './actors.ts'

// Handlers that fail and stall for single messages, the same ones in each run: by the message's own id.
const hash = (text: string): number => {
  let sum = 7
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0
  return sum
}

/** One message of fifty throws at its first attempt or two, one of six hundred waits. */
const misbehave = async (ctx: { readonly messageId: string; readonly attempt: number }): Promise<void> => {
  const drawn = hash(ctx.messageId)
  if (drawn % 50 === 0 && ctx.attempt <= 1 + (drawn % 100 === 0 ? 1 : 0)) throw new Error('a passing failure')
  if (drawn % 600 === 1) await new Promise((resolve) => setTimeout(resolve, 100 + (drawn % 700)))
}

const ledgerHandlers = ledger.handle({
  async event(ctx, { n, amount }) {
    const { state } = ctx
    if (n !== state.last + 1) ctx.emit(disorder, { key: ctx.id, value: { key: ctx.id, n, last: state.last } })
    state.last = n
    state.count += 1
    state.sum += amount
    ctx.emit(out, { key: ctx.id, value: { key: ctx.id, n, count: state.count, sum: state.sum } })
    ctx.send(totals.at(totalOf(ctx.id)).add(amount))
    if (n % remindEvery === 0) ctx.send(ledger.at(ctx.id).remind(n), { after: 50 + ((n * 37) % 900) })
    // What was recorded before a failure must leave no trace.
    await misbehave(ctx)
  },
  async remind(ctx, n) {
    ctx.state.reminded += 1
    ctx.emit(reminders, { key: ctx.id, value: { key: ctx.id, n } })
    await misbehave(ctx)
  },
})

const totalsHandlers = totals.handle({
  async add(ctx, amount) {
    const { state } = ctx
    state.count += 1
    state.sum += amount
    const part = state.count % sumParts
    state.sums.set(part, (state.sums.get(part) ?? 0) + amount)
    if (state.count % totalEvery === 0) {
      const sum = [...state.sums.values()].reduce((total, each) => total + each, 0)
      ctx.emit(totalsOut, { key: ctx.id, value: { id: ctx.id, count: state.count, sum } })
    }
    await misbehave(ctx)
  },
})

const deskHandlers = desk.handle({
  async note(ctx, { id }) {
    ctx.state.count += 1
    ctx.emit(notes, { key: ctx.id, value: { id, count: ctx.state.count } })
    await misbehave(ctx)
  },
})

export default serve([ledgerHandlers, totalsHandlers, deskHandlers], { allowUnsigned: true })
