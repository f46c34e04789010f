import { actor, int, request, value } from 'millrace'

export const account = actor('bench/account', {
  state: { balance: value(int, { initial: 0 }) },
  messages: { deposit: request(int, int) },
})

/** One persisted number for each account; the reply is what it has become. */
export const accountHandlers = account.handle({
  deposit(ctx, amount) {
    ctx.state.balance += amount
    return ctx.state.balance
  },
})
