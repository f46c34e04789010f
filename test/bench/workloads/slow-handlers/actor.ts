import { actor, egress, int, json, value } from 'millrace'
import type { Event } from '../../parts/event.ts'

export const looked = egress('counts', json<{ key: string; count: number }>('bench/looked-up'))

export const lookup = actor('bench/lookup', {
  state: { count: value(int, { initial: 0 }) },
  messages: { event: json<Event>('bench/event') },
})

/** What a slow service takes to answer. */
const slowMs = 200

/** A counter that for some keys asks a slow service first. */
export const lookupHandlers = lookup.handle({
  async event(ctx, { key, marked }) {
    if (marked === true) await new Promise((resolve) => setTimeout(resolve, slowMs))
    ctx.state.count += 1
    ctx.emit(looked, { key: ctx.id, value: { key, count: ctx.state.count }, timestamp: ctx.record?.timestamp })
  },
})
