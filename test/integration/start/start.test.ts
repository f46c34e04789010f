import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Alert } from '../../../functions/flights/alerts.ts'
import { openEmbeddedLog } from '../../../runtime/connectors/embedded/embedded-log.ts'
import { committedRecords } from '../../../runtime/log/read-committed.ts'
import { utf8Decode } from '../../../runtime/model/bytes.ts'
import { systemClock } from '../../../runtime/platform/system-clock.ts'
import { inTurn, isIdle, positionsOf, stateOf } from './admin.ts'
import { byAirport } from './by-airport.ts'
import { expectedFlights } from './expected-flights.ts'
import { NpmStart, pause } from './npm-start.ts'

const rows = 100_000

let directory = ''
let started: NpmStart | undefined

const start = (): NpmStart =>
  (started = new NpmStart({
    MILLRACE_EMBEDDED_DIRECTORY: directory,
    MILLRACE_HTTP_PORT: '0',
    FLIGHTS_PER_SECOND: '0',
    FLIGHTS_MAX: String(rows),
  }))

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-start-'))
})

afterEach(async () => {
  await started?.signal('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

/** All committed alerts of each airport, in the order of their partition. */
const readAlerts = async (): Promise<Record<string, Alert[]>> => {
  const log = await openEmbeddedLog({ file: join(directory, 'log', 'log.sqlite'), clock: systemClock })
  try {
    const found: Alert[] = []
    const positions = [0, 1, 2, 3].map((partition) => ({ topic: 'alerts', partition, offset: 0 }))
    for (let more = true; more;) {
      const fetched = await log.fetch('test', positions, {
        maxWaitMs: 0,
        maxBytes: 1 << 30,
        partitionMaxBytes: 1 << 30,
      })
      if (fetched.kind !== 'ok') throw fetched.cause
      more = false
      for (const partition of fetched.value) {
        const position = positions[partition.partition]
        if (!position) continue
        const { records, next } = committedRecords(partition, position.offset)
        for (const { value } of records) if (value) found.push(Alert.parse(JSON.parse(utf8Decode(value))))
        more ||= next > position.offset
        position.offset = next
      }
    }
    return byAirport(found)
  } finally {
    await log.close()
  }
}

it('npm start, killed twice and stopped by Ctrl-C, comes to what SQL says of the same flights', async () => {
  const expected = await expectedFlights(rows)
  for (const share of [0.1, 0.5]) {
    const process = start()
    const url = await process.url()
    while ((await positionsOf(url)).offset < share * rows) await pause(20)
    await process.signal('SIGKILL')
  }
  const last = start()
  const url = await last.url()
  await last.says(new RegExp(`flights fed ${rows} \\(all\\)`))
  while (!(await isIdle(url))) await pause(50)

  const airports = await inTurn(Object.keys(expected.airports), async (id) => [
    id,
    { late: false, ...(await stateOf(url, 'flights/airport', id)) },
  ])
  expect(Object.fromEntries(airports)).toEqual(expected.airports)
  const connections = await inTurn(Object.keys(expected.connections), async (id) => {
    const { delayed, minutes, worst } = await stateOf(url, 'flights/connection', id)
    return [id, { delayed, minutes, worst: Number(Object(worst).minutes) }]
  })
  expect(Object.fromEntries(connections)).toEqual(expected.connections)

  expect(await last.signal('SIGINT'), last.output).toBe(0)
  expect(await readAlerts()).toEqual(expected.alerts)
  expect(Object.values(expected.alerts).flat().length).toBeGreaterThan(50)
})
