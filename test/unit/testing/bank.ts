import { z } from 'zod'
import { actor, egress, int, request, TerminalError, value } from 'millrace'

// The application of the SDK's own example.
export const Alert = z.object({ account: z.string(), left: z.number() })
export const alerts = egress('alerts', Alert)
export const Transfer = z.object({ from: z.string(), to: z.string(), amount: z.number() })

export const account = actor('bank/account', {
  state: { balance: value(int, { initial: 0 }) },
  messages: { deposit: int, withdraw: request(int, z.object({ ok: z.boolean(), left: z.number() })) },
})

export const accountHandlers = account.handle({
  deposit(ctx, amount) {
    if (amount < 0) throw new TerminalError('a deposit cannot be negative', { code: 'NEGATIVE' })
    ctx.state.balance += amount
  },
  withdraw(ctx, amount) {
    const ok = ctx.state.balance >= amount
    if (ok) ctx.state.balance -= amount
    else ctx.emit(alerts, { key: ctx.id, value: { account: ctx.id, left: ctx.state.balance } })
    ctx.send(account.at('fees').deposit(1))
    return { ok, left: ctx.state.balance }
  },
})
