import { actor, egress, json, string, value } from 'millrace'

export const visits = egress('counts', json<{ key: string; length: number }>('bench/visited'))

/** A text kept for each key; one record out for each event. */
export const profile = actor('bench/profile', {
  state: { text: value(string, { initial: '' }) },
  messages: { event: json<{ readonly key: string }>('bench/visit') },
})

export const profileHandlers = profile.handle({
  event(ctx, { key }) {
    ctx.emit(visits, { key: ctx.id, value: { key, length: ctx.state.text.length } })
  },
})
