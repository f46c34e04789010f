import { actor, egress, json, map, string } from 'millrace'
import type { Event } from '../../parts/event.ts'

/** A prime, so that the events of one key touch one entry after the other. */
export const entryCount = 101
export const entryOf = (n: number): string => `entry-${n % entryCount}`
/** 1 KB in each entry. */
export const textOf = (n: number): string => `${n} `.padEnd(1_000, 'abcdefghij')

export const touched = egress('counts', json<{ key: string; entries: number }>('bench/touched'))

export const catalogue = actor('bench/catalogue', {
  state: { entries: map(string, string) },
  messages: { event: json<Event>('bench/event') },
})

/** 100 KB of state for each key, of which an event replaces one entry. */
export const catalogueHandlers = catalogue.handle({
  event(ctx, { key, n }) {
    ctx.state.entries.set(entryOf(n), textOf(n))
    ctx.emit(touched, { key: ctx.id, value: { key, entries: ctx.state.entries.size } })
  },
})
