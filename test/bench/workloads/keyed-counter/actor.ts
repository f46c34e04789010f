import { actor, egress, int, json, value } from 'millrace'
import type { Event } from '../../parts/event.ts'

export const counts = egress('counts', json<{ key: string; count: number }>('bench/count'))

export const counter = actor('bench/counter', {
  state: { count: value(int, { initial: 0 }) },
  messages: { event: json<Event>('bench/event') },
})

/** One persisted count for each key, one record out for each event; it keeps the event's time, to measure latency by. */
export const counterHandlers = counter.handle({
  event(ctx, { key, marked }) {
    if (marked === true) throw new Error('poisoned')
    ctx.state.count += 1
    ctx.emit(counts, { key: ctx.id, value: { key, count: ctx.state.count }, timestamp: ctx.record?.timestamp })
  },
})
