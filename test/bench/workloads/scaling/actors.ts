import { actor, bytes, egress, int, json, value } from 'millrace'

/** So many function types are served; an application binds as many of them as it wants. */
const functionsMax = 1_000

export const counts = egress('counts', json<{ key: string; count: number }>('bench/count'))

export const counters = Array.from({ length: functionsMax }, (_, n) =>
  actor(`bench/counter-${n}`, { state: { count: value(int, { initial: 0 }) }, messages: { event: bytes } }),
)

/** What each of them does is what the counter of keyed-counter does, but for the JSON that comes in. */
export const handlers = counters.map((counter) =>
  counter.handle({
    event(ctx) {
      ctx.state.count += 1
      ctx.emit(counts, { key: ctx.id, value: { key: ctx.id, count: ctx.state.count } })
    },
  }),
)
