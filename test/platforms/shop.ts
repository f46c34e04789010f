import {
  actor,
  type Context,
  egress,
  type Implementation,
  int,
  json,
  list,
  map,
  nothing,
  request,
  string,
  TerminalError,
  value,
} from 'millrace'

// One small application, the same on every platform.
export const sold = egress('sold', json<{ item: string; count: number }>('shop/sold'))

const state = { count: value(int, { initial: 0 }), buyers: list(string), seen: map(string, int) }
const messages = {
  buy: string,
  /** Waits so many milliseconds. */
  slow: int,
  total: request(nothing, int),
  refuse: request(nothing, nothing),
  /** Fails the first time. */
  shaky: nothing,
}
const failure = { attempts: 5, firstDelay: 1, maxDelay: 5 } as const

export const item = actor('shop/item', { state, messages, failure })
/** As it is deployed later: it keeps one thing more. */
const itemLater = actor('shop/item', { state: { ...state, note: string }, messages, failure })

const buy = (ctx: Context<typeof state>, buyer: string): void => {
  ctx.state.count += 1
  ctx.state.buyers.push(buyer)
  ctx.state.seen.set(buyer, (ctx.state.seen.get(buyer) ?? 0) + 1)
  ctx.emit(sold, { key: ctx.id, value: { item: ctx.id, count: ctx.state.count } })
}

const common = {
  buy,
  async slow(ctx: Context<typeof state>, ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    ctx.state.count += 1
  },
  total: (ctx: Context<typeof state>): number => ctx.state.count,
  refuse(): never {
    throw new TerminalError('sold out', { code: 'SOLD_OUT' })
  },
  shaky(ctx: Context<typeof state>): void {
    ctx.state.count += 1
    if (ctx.attempt === 1) throw new Error('the first time')
  },
}

export const handlers: Readonly<Record<'first' | 'later', readonly Implementation[]>> = {
  first: [item.handle(common)],
  later: [
    itemLater.handle({
      ...common,
      buy(ctx, buyer) {
        buy(ctx, buyer)
        ctx.state.note = `last ${buyer}`
      },
    }),
  ],
}
