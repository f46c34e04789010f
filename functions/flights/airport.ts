import { actor, boolean, int, list, map, value } from 'millrace'
import { z } from 'zod'
import { alerts } from './alerts.ts'
import { connection } from './connection.ts'
import { Flight } from './flight.ts'

const recentMax = 20
/** Minutes. An airport is late from a mean of 60 on, and until it is below 30: a mean around one bound raises one alert. */
const lateFrom = 60
const recoveredBelow = 30
/** Minutes from which on the trade calls a flight delayed. */
const delayedFrom = 15

const Delays = z.object({ flights: z.int(), minutes: z.int() })

/** One airport, by its code: what its departures were like. */
export const airport = actor('flights/airport', {
  state: {
    departures: value(int, { initial: 0 }),
    delaySum: value(int, { initial: 0 }),
    delayMax: value(int),
    late: value(boolean, { initial: false }),
    /** The delays of the last departures. */
    recent: list(int),
    destinations: map(z.string(), Delays),
  },
  messages: { departed: Flight },
})

export const airportHandlers = airport.handle({
  departed(ctx, { date, delay, distance, destination }) {
    const { state } = ctx
    state.departures += 1
    state.delaySum += delay
    state.delayMax = Math.max(state.delayMax ?? delay, delay)
    const before = state.destinations.get(destination) ?? { flights: 0, minutes: 0 }
    state.destinations.set(destination, { flights: before.flights + 1, minutes: before.minutes + delay })
    if (delay >= delayedFrom)
      ctx.send(connection.at(`${ctx.id}-${destination}`).delayed({ minutes: delay, date, distance }))

    state.recent.push(delay)
    if (state.recent.length > recentMax) state.recent.shift()
    if (state.recent.length < recentMax) return
    const mean = [...state.recent].reduce((sum, minutes) => sum + minutes, 0) / recentMax
    const late = state.late ? mean >= recoveredBelow : mean >= lateFrom
    if (late === state.late) return
    state.late = late
    const alert = { airport: ctx.id, date, meanDelay: mean, departure: state.departures }
    ctx.emit(alerts, { key: ctx.id, value: { ...alert, state: late ? 'late' : 'recovered' } })
  },
})
