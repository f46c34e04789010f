import { actor, egress, int, json, value } from 'millrace'
import type { Event } from '../../parts/event.ts'

interface Delivery {
  readonly order: string
  readonly quantity: number
}

export const deliveries = egress('counts', json<{ order: string; delivered: number }>('bench/delivered'))

export const order = actor('bench/order', {
  state: { placed: value(int, { initial: 0 }) },
  messages: { place: json<Event>('bench/event') },
})

export const stock = actor('bench/stock', {
  state: { taken: value(int, { initial: 0 }) },
  messages: { take: json<Delivery>('bench/taking') },
})

export const customer = actor('bench/customer', {
  state: { delivered: value(int, { initial: 0 }) },
  messages: { deliver: json<Delivery>('bench/delivery') },
})

/** An order takes from a stock, which delivers to a customer: three actors, wherever their keys fall. */
export const chainHandlers = [
  order.handle({
    place(ctx, { n }) {
      ctx.state.placed += 1
      ctx.send(stock.at(`stock-${n % 9_973}`).take({ order: ctx.id, quantity: 1 }))
    },
  }),
  stock.handle({
    take(ctx, delivery) {
      ctx.state.taken += delivery.quantity
      ctx.send(customer.at(`customer-of-${delivery.order}`).deliver(delivery))
    },
  }),
  customer.handle({
    deliver(ctx, { order, quantity }) {
      ctx.state.delivered += quantity
      ctx.emit(deliveries, { key: ctx.id, value: { order, delivered: ctx.state.delivered } })
    },
  }),
]
