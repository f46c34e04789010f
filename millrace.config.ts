import { application, endpoint, kafka } from 'millrace/config'
import { account } from './functions/account.ts'
import { airport } from './functions/flights/airport.ts'
import { connection } from './functions/flights/connection.ts'
import { Flight } from './functions/flights/flight.ts'
import { flightRecords } from './functions/flights/records.ts'
import { flightsView } from './functions/flights/view.ts'

const { FUNCTIONS_URL, FLIGHTS_PER_SECOND, FLIGHTS_MAX } = process.env

export default application('flights', {
  ingress: { flights: kafka({ topic: 'flights', value: Flight }) },
  routes: (route) => [route('flights', ({ value }) => airport.at(value.origin).departed(value))],
  functions: [endpoint(FUNCTIONS_URL ?? 'http://127.0.0.1:8787', [account, airport, connection])],
  egress: { alerts: kafka({ topic: 'alerts' }) },
})

// For `millrace dev` alone, which `npm start` runs.
export const dev = {
  functions: './functions/index.ts',
  feeds: [
    {
      topic: 'flights',
      partitions: 4,
      perSecond: Number(FLIGHTS_PER_SECOND ?? 2_000),
      records: (from: number) => flightRecords(from, Number(FLIGHTS_MAX ?? Infinity)),
    },
  ],
  view: flightsView,
}
