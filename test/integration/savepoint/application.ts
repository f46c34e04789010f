import { actor, egress, int, json, list, map, string, value } from 'millrace'
import { application, inProcess, kafka } from 'millrace/config'

export interface Order {
  readonly n: number
}

const out = egress('out', json<{ readonly key: string; readonly count: number; readonly n: number }>('shop/out'))
const order = json<Order>('shop/order')

/** Orders of all customers of one region. */
const region = actor('shop/region', {
  state: { orders: value(int, { initial: 0 }), byCustomer: map(string, int) },
  messages: { ordered: string },
})

/** Counts its orders; every fifth is remembered half a second later. */
export const customer = actor('shop/customer', {
  state: { count: value(int, { initial: 0 }), last: list(int), reminded: value(int, { initial: 0 }) },
  messages: { order, remind: int },
})

const regionHandlers = region.handle({
  ordered(ctx, key) {
    ctx.state.orders += 1
    ctx.state.byCustomer.set(key, (ctx.state.byCustomer.get(key) ?? 0) + 1)
  },
})

const customerHandlers = customer.handle({
  order(ctx, { n }) {
    const { state } = ctx
    state.count += 1
    state.last.push(n)
    if (state.last.length > 3) state.last.shift()
    if (state.count % 5 === 0) ctx.send(customer.at(ctx.id).remind(n), { after: 500 })
    ctx.send(region.at(`r${ctx.id.length}${ctx.id.at(-1)}`).ordered(ctx.id))
    ctx.emit(out, { key: ctx.id, value: { key: ctx.id, count: state.count, n } })
  },
  remind(ctx) {
    ctx.state.reminded += 1
  },
})

export default application('shop', {
  ingress: { orders: kafka({ topic: 'orders', value: order }) },
  routes: (route) => [route('orders', { by: 'key', to: customer.messages.order })],
  functions: [inProcess([customerHandlers, regionHandlers])],
  egress: { out: kafka({ topic: 'out' }), deadLetters: kafka({ topic: 'dead' }) },
  // No checkpoint trims the log, so that every commit can be gone back to.
  checkpoint: { windowsMax: 100_000, bytesMax: '1GiB' },
})
