import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Flight } from './flight.ts'

/** A record of the topic `flights`. */
export interface FlightRecord {
  readonly key: string
  readonly value: string
  readonly timestampMs: number
}

/**
 * Real flights of the United States from January to June 2001, in the order of their departures: 3,000,000 rows that the
 * package vega-datasets has as a Parquet file. `from` is the row to begin with.
 */
export async function* flightRecords(from: number, rowsMax = Infinity): AsyncGenerator<FlightRecord[]> {
  // Not at the top: a coordinator that loads the application file where nothing is fed needs no DuckDB.
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const database = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await database.connect()
  try {
    // One thread reads the file in its order.
    const rows = `from read_parquet($file, file_row_number = true) where file_row_number between $from and $last`
    const columns = `strftime(date, '%Y-%m-%dT%H:%M') as date, delay::int, distance::int, origin, destination`
    const last = BigInt(Math.min(rowsMax, Number.MAX_SAFE_INTEGER)) - 1n
    const values = { file: flightsFile(), from: BigInt(from), last }
    const result = await connection.stream(`select ${columns} ${rows}`, values)
    for await (const chunk of result.yieldRowsJs()) yield chunk.map(recordOf)
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}

export const flightsFile = (): string =>
  join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '../data/flights-3m.parquet')

const recordOf = ([date, delay, distance, origin, destination]: readonly unknown[]): FlightRecord => {
  const flight: Flight = {
    date: String(date),
    delay: Number(delay),
    distance: Number(distance),
    origin: String(origin),
    destination: String(destination),
  }
  return { key: flight.origin, value: JSON.stringify(flight), timestampMs: Date.parse(`${flight.date}Z`) }
}
