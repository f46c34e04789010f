import { actor, int, value } from 'millrace'
import { z } from 'zod'

const Delayed = z.object({ minutes: z.int(), date: z.string(), distance: z.int() })

/** Two airports that flights connect, by both codes: `ORD-LAX`. The origin tells it of delayed flights. */
export const connection = actor('flights/connection', {
  state: { delayed: value(int, { initial: 0 }), minutes: value(int, { initial: 0 }), worst: value(Delayed) },
  messages: { delayed: Delayed },
})

export const connectionHandlers = connection.handle({
  delayed(ctx, flight) {
    const { state } = ctx
    state.delayed += 1
    state.minutes += flight.minutes
    if (state.worst === undefined || flight.minutes > state.worst.minutes) state.worst = flight
  },
})
