import type { StateSnapshot } from 'millrace'
import { airport } from './airport.ts'
import { type Alert, alerts } from './alerts.ts'

type AirportState = StateSnapshot<NonNullable<typeof airport.state>>

/** What `npm start` shows of the flights. */
export const flightsView = [
  {
    kind: 'states',
    title: 'Busiest airports',
    actor: airport,
    rows: 8,
    by: (state: AirportState) => state.departures,
    columns: (state: AirportState, id: string) => ({
      airport: id,
      departures: state.departures,
      'mean delay': (state.delaySum / state.departures).toFixed(1),
      'worst delay': state.delayMax,
      'last 20': state.late ? 'late' : 'on time',
    }),
  },
  {
    kind: 'records',
    title: 'Alerts',
    egress: alerts,
    rows: 6,
    line: ({ airport: code, date, state, meanDelay }: Alert) =>
      `${date}  ${code}  ${state === 'late' ? 'runs late' : 'recovered'}: ${Math.round(meanDelay)} min over the last 20 departures`,
  },
]
