import { DuckDBInstance } from '@duckdb/node-api'
import { flightsFile } from '../../../functions/flights/records.ts'
import { byAirport } from './by-airport.ts'

export interface ExpectedAirport {
  readonly departures: number
  readonly delaySum: number
  readonly delayMax: number
  readonly late: boolean
  readonly recent: readonly number[]
  readonly destinations: Readonly<Record<string, { readonly flights: number; readonly minutes: number }>>
}

export interface ExpectedAlert {
  readonly airport: string
  readonly date: string
  readonly state: string
  readonly meanDelay: number
  readonly departure: number
}

export interface ExpectedFlights {
  readonly airports: Readonly<Record<string, ExpectedAirport>>
  /** Of each airport in order. */
  readonly alerts: Readonly<Record<string, readonly ExpectedAlert[]>>
  readonly connections: Readonly<
    Record<string, { readonly delayed: number; readonly minutes: number; readonly worst: number }>
  >
}

/** The first rows as they lie in the file; `k` numbers an airport's departures, `s` is the sum of its last 20 delays. */
const slice = `
  flight as (
    select *, row_number() over leaving as k, sum(delay) over (leaving rows 19 preceding) as s
    from read_parquet($file, file_row_number = true) where file_row_number < $rows
    window leaving as (partition by origin order by file_row_number)
  ),
  signal as (
    select *, case when k < 20 then null when s >= 20 * 60 then true when s < 20 * 30 then false end as said from flight
  ),
  judged as (
    select *, coalesce(last_value(said ignore nulls) over (
      partition by origin order by k rows between unbounded preceding and current row), false) as late
    from signal
  ),
  changed as (
    select *, late <> coalesce(lag(late) over (partition by origin order by k), false) as changes from judged
  )`

/** What the example must have come to after so many rows, told by SQL over the same file. */
export const expectedFlights = async (rows: number): Promise<ExpectedFlights> => {
  const database = await DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  const ask = async (query: string): Promise<readonly (readonly unknown[])[]> => {
    const values = { file: flightsFile(), rows: BigInt(rows) }
    return (await connection.runAndReadAll(`with ${slice} ${query}`, values)).getRowsJS()
  }
  const destinations = new Map<string, ExpectedAirport['destinations'][string]>()
  const pairs = await ask('select origin, destination, count(*)::int, sum(delay)::int from flight group by 1, 2')
  for (const [origin, destination, flights, minutes] of pairs)
    destinations.set(`${String(origin)} ${String(destination)}`, { flights: Number(flights), minutes: Number(minutes) })
  const airports = await ask(
    `select origin, count(*)::int, sum(delay)::int, max(delay)::int, arg_max(late, k), list(delay::int order by k)[-20:]
     from changed group by 1`,
  )
  const alerts = await ask(
    `select origin, strftime(date, '%Y-%m-%dT%H:%M'), late, s / 20, k::int from changed where changes order by origin, k`,
  )
  const connections = await ask(
    `select origin || '-' || destination, count(*)::int, sum(delay)::int, max(delay)::int from flight where delay >= 15
     group by 1`,
  )
  connection.closeSync()
  database.closeSync()
  const alertRows = alerts.map(([airport, date, late, meanDelay, departure]) => ({
    airport: String(airport),
    date: String(date),
    state: late === true ? 'late' : 'recovered',
    meanDelay: Number(meanDelay),
    departure: Number(departure),
  }))
  return {
    airports: Object.fromEntries(
      airports.map(([origin, departures, delaySum, delayMax, late, recent]) => [
        String(origin),
        {
          departures: Number(departures),
          delaySum: Number(delaySum),
          delayMax: Number(delayMax),
          late: late === true,
          recent: Array.isArray(recent) ? recent.map(Number) : [],
          destinations: Object.fromEntries(
            [...destinations]
              .filter(([pair]) => pair.startsWith(`${String(origin)} `))
              .map(([pair, each]) => [pair.slice(String(origin).length + 1), each]),
          ),
        },
      ]),
    ),
    alerts: byAirport<ExpectedAlert>(alertRows),
    connections: Object.fromEntries(
      connections.map(([id, delayed, minutes, worst]) => [
        String(id),
        { delayed: Number(delayed), minutes: Number(minutes), worst: Number(worst) },
      ]),
    ),
  }
}
