import { actor, int, request, value } from 'millrace'
import { z } from 'zod'

/** What an account keeps and understands; others import this alone, and none of the code below. */
export const account = actor('bank/account', {
  state: { balance: value(int, { initial: 0 }) },
  messages: { deposit: int, withdraw: request(int, z.object({ ok: z.boolean(), left: z.number() })) },
})

export const accountHandlers = account.handle({
  deposit(ctx, amount) {
    ctx.state.balance += amount
  },
  withdraw(ctx, amount) {
    const ok = ctx.state.balance >= amount
    if (ok) {
      ctx.state.balance -= amount
      ctx.send(account.at('fees').deposit(1))
    }
    return { ok, left: ctx.state.balance }
  },
})
